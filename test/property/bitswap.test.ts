// Goal: bitswap messages are read and written as the specification says, and bytes from strangers do no harm.
// Method: random messages go through encoder and decoder; random and damaged bytes go into the decoder, which either
// gives a message or throws its one error; bytes recorded by hand from the protobuf definition are the outside reference.

import { expect, test } from "bun:test";

import * as fc from "fast-check";

import { cidOf } from "#dag";
import { codec } from "#model";

import { keyOfBlock, keyOfCid, keyOfCidBytes } from "../../src/ipfs/exchange/codec/block-key.ts";
import { decodeMessage } from "../../src/ipfs/exchange/codec/decode.ts";
import { encodeMessage, wantSize } from "../../src/ipfs/exchange/codec/encode.ts";
import type { Draft } from "../../src/ipfs/exchange/codec/message.ts";
import { BadMessageError } from "../../src/ipfs/exchange/errors.ts";

const hashes = ["sha2-256", "sha1", "blake2b-256", "sha2-512", "blake3", "sha3-256"];
const cid = fc
  .record({
    bytes: fc.uint8Array({ maxLength: 40 }),
    hash: fc.constantFrom(...hashes),
    code: fc.constantFrom(codec.raw, codec.dagPb, codec.dagCbor, codec.dagJson),
    cidVersion: fc.constantFrom(0 as const, 1 as const),
  })
  .map(({ bytes, hash, code, cidVersion }) => {
    const version = hash === "sha2-256" && code === codec.dagPb ? cidVersion : 1;
    return { bytes, cid: cidOf(code, bytes, { hash, cidVersion: version }) };
  });

const draft: fc.Arbitrary<Required<Draft>> = fc.record({
  isFull: fc.boolean(),
  wants: fc.array(
    fc.record({
      cid: cid.map((one) => one.cid.bytes),
      priority: fc.nat(0x7fffffff),
      isCancel: fc.boolean(),
      type: fc.constantFrom("block" as const, "have" as const),
      sendDontHave: fc.boolean(),
    }),
    { maxLength: 20 },
  ),
  blocks: fc.array(cid, { maxLength: 5 }),
  presences: fc.array(fc.record({ cid: cid.map((one) => one.cid.bytes), has: fc.boolean() }), {
    maxLength: 20,
  }),
  pendingBytes: fc.nat(0x7fffffff),
});

const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

test("a message of 1.2 comes out as it went in, and its blocks have their keys", () => {
  fc.assert(
    fc.property(draft, (message) => {
      const decoded = decodeMessage(join(encodeMessage(message, "1.2")));
      expect(decoded.wants).toEqual([...message.wants]);
      expect(decoded.presences).toEqual([...message.presences]);
      expect(decoded.pendingBytes).toBe(message.pendingBytes);
      expect(decoded.isFull).toBe(message.isFull);
      expect(decoded.blocks.map(({ bytes }) => Buffer.from(bytes))).toEqual(
        message.blocks.map(({ bytes }) => Buffer.from(bytes)),
      );
      expect(decoded.blocks.map((block) => keyOfBlock(block))).toEqual(
        message.blocks.map((block) => keyOfCid(block.cid)),
      );
    }),
  );
});

test("what an older dialect has no words for is left out", () => {
  fc.assert(
    fc.property(draft, (message) => {
      for (const dialect of ["1.0", "1.1"] as const) {
        const decoded = decodeMessage(join(encodeMessage(message, dialect)));
        expect(decoded.presences).toEqual([]);
        expect(decoded.blocks.length).toBe(message.blocks.length);
        for (const { prefix } of decoded.blocks)
          expect(prefix === undefined).toBe(dialect === "1.0");
      }
    }),
  );
});

test("block bytes are handed on and read without a copy", () => {
  const bytes = new Uint8Array(1000).fill(7);
  const parts = encodeMessage({ blocks: [{ cid: cidOf(codec.raw, bytes), bytes }] }, "1.2");
  expect(parts).toContain(bytes);
  const message = join(parts);
  const [block] = decodeMessage(message).blocks;
  expect(block?.bytes.buffer).toBe(message.buffer);
});

test("random bytes give a message or the one error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      try {
        const message = decodeMessage(bytes);
        for (const entry of message.wants) keyOfCidBytes(entry.cid);
        for (const block of message.blocks) keyOfBlock(block);
      } catch (error) {
        expect(error).toBeInstanceOf(BadMessageError);
      }
    }),
    { numRuns: 2000 },
  );
});

test("damaged messages give a message or the one error", () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(draft, damage, fc.nat(), (message, changes, cut) => {
      const bytes = join(encodeMessage(message, "1.2"));
      for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
      try {
        const decoded = decodeMessage(bytes.subarray(0, bytes.length - (cut % 4)));
        for (const block of decoded.blocks) keyOfBlock(block);
      } catch (error) {
        expect(error).toBeInstanceOf(BadMessageError);
      }
    }),
    { numRuns: 1000 },
  );
});

test("unknown fields are skipped wherever they stand", () => {
  const id = cidOf(codec.raw, Uint8Array.of(1)).bytes;
  const unknown = [0x7a, 0x02, 1, 2, 0x78, 0x05, 0x7d, 1, 2, 3, 4, 0x79, 1, 2, 3, 4, 5, 6, 7, 8];
  const entry = [0x0a, id.length, ...id, ...unknown, 0x20, 0x01];
  const wantlist = [...unknown, 0x0a, entry.length, ...entry];
  const message = decodeMessage(Uint8Array.from([...unknown, 0x0a, wantlist.length, ...wantlist]));
  expect(message.wants).toEqual([
    { cid: id, priority: 0, isCancel: false, type: "have", sendDontHave: false },
  ]);
});

test("the bytes are those of the definition", () => {
  const id = cidOf(codec.raw, Uint8Array.of(1, 2, 3));
  const want = {
    cid: id.bytes,
    priority: 300,
    isCancel: true,
    type: "have",
    sendDontHave: true,
  } as const;
  const entry = `0a24${hex(id.bytes)}10ac02180120012801`;
  const presence = `0a24${hex(id.bytes)}1001`;
  const parts = encodeMessage(
    {
      isFull: true,
      wants: [want],
      presences: [{ cid: id.bytes, has: false }],
      blocks: [{ cid: id, bytes: Uint8Array.of(1, 2, 3) }],
      pendingBytes: 5,
    },
    "1.2",
  );
  expect(hex(join(parts))).toBe(
    `0a330a2f${entry}10012228${presence}28051a0b0a04015512201203010203`,
  );
  expect(wantSize(want)).toBe(2 + 47);
});

test("too long CIDs, missing CIDs and lengths beyond the message are refused", () => {
  const long = [0x0a, 0xc8, 0x01, ...Array.from({ length: 200 }, () => 1)];
  expect(() => decodeMessage(entryOf(long))).toThrow("a cid of 200 bytes");
  expect(() => decodeMessage(Uint8Array.of(0x0a, 0x02, 0x0a, 0x00))).toThrow("missing cid");
  expect(() => decodeMessage(Uint8Array.of(0x0a, 0x7f, 0x0a))).toThrow("longer than the message");
  expect(() => decodeMessage(Uint8Array.of(0x0b))).toThrow("wire type 3");
  expect(() => decodeMessage(Uint8Array.of(0x00))).toThrow("field 0");
  const many = new Uint8Array(140_000).map((_, at) => (at % 2 === 0 ? 0x12 : 0));
  expect(() => decodeMessage(many)).toThrow("too many parts");
});

/** A length as a varint of two bytes. */
function lengthOf(size: number): readonly number[] {
  return [0x80 | (size & 0x7f), size >> 7];
}

/** A want list of one entry with the bytes as its content, which may be longer than the lengths of a byte. */
function entryOf(bytes: readonly number[]): Uint8Array {
  return Uint8Array.from([
    0x0a,
    ...lengthOf(bytes.length + 3),
    0x0a,
    ...lengthOf(bytes.length),
    ...bytes,
  ]);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
