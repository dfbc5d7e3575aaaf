// Goal: blocks get Kubo's CIDs, and a block with a wrong CID is found. Method: CIDs from Kubo's own tests, recorded lists
// of what it takes, and every hash function tried on altered bytes.

import { describe, expect, test } from "bun:test";

import { create } from "multiformats/hashes/digest";

import { cidOf, hashNames, verifyBlock } from "#dag";
import { CID, codec, parseCid } from "#model";

const mars = Buffer.from("Hello Mars!\n");

describe("a CID", () => {
  test("is that of Kubo's block put", () => {
    const foooo = Buffer.from("foooo\n");
    const sha3 = { hash: "sha3", digestBytes: 20 };
    expect([
      cidOf(codec.raw, mars).toString(),
      cidOf(codec.dagPb, mars, { cidVersion: 0 }).toString(),
      cidOf(codec.raw, foooo, sha3).toString(),
      cidOf(codec.dagPb, foooo, sha3).toString(),
    ]).toEqual([
      "bafkreibmlvvgdyihetgocpof6xk64kjjzdeq2e4c7hqs3krdheosk4tgj4",
      "QmRKqGMAM6EZngbpjSqrvYzq5Qd8b1bSWymjSUY9zQSNDk",
      "bafkrifctrq4xazzixy2v4ezymjcvzpskqdwlxra",
      "bafybifctrq4xazzixy2v4ezymjcvzpskqdwlxra",
    ]);
  });

  test("of version 0 is only for dag-pb", () => {
    expect(cidOf(codec.raw, mars, { cidVersion: 0 }).version).toBe(1);
  });

  test("reads back as what it was made of", () => {
    for (const hash of hashNames) {
      const cid = cidOf(codec.dagJson, mars, { hash });
      const again = parseCid(cid.toString());
      expect(again.bytes).toEqual(cid.bytes);
      expect(again.multihash.bytes).toEqual(cid.multihash.bytes);
    }
  });

  test("is refused with a hash function that Kubo refuses, in its words", () => {
    const messages = ["md5", "x11", "blake2b-152", "nope"].map(messageOf);
    expect(messages).toEqual([
      "potentially insecure hash functions not allowed",
      "invalid cid: unknown multihash code 4352 (0x1100): no such hash registered",
      "potentially insecure hash functions not allowed",
      'unrecognized hash function: "nope"',
    ]);
  });
});

describe("a block", () => {
  test("is sound with each hash function, and not with one byte altered", () => {
    const altered = Buffer.from("Hello Mars?\n");
    for (const hash of hashNames) {
      const cid = cidOf(codec.raw, mars, { hash });
      expect(verifyBlock(cid, mars)).toBeUndefined();
      expect(verifyBlock(cid, altered)).toBe(`the bytes are not those of ${cid.toString()}`);
    }
  });

  test("is sound with a shortened digest of 20 bytes, and not with a shorter one", () => {
    const [enough, short] = [20, 19].map((digestBytes) => cidOf(codec.raw, mars, { digestBytes }));
    expect(enough && verifyBlock(enough, mars)).toBeUndefined();
    expect(short && verifyBlock(short, mars)).toContain("expected 20 to 32");
  });

  test("is not sound with an unknown hash function", () => {
    const cid = CID.createV1(codec.raw, create(0xd5, new Uint8Array(16)));
    expect(verifyBlock(cid, mars)).toBe(
      "unknown multihash code 213 (0xd5): no such hash registered",
    );
  });
});

test("the hash functions are those that Kubo 0.43 supports and can make", () => {
  const blake2b = Array.from({ length: 45 }, (_, index) => `blake2b-${160 + index * 8}`);
  const listed =
    `identity sha1 sha2-256 sha2-512 sha3-512 sha3-384 sha3-256 sha3-224 shake-256 keccak-256 keccak-512
    blake3 dbl-sha2-256 blake2s-256`.split(/\s+/);
  expect(hashNames.toSorted()).toEqual([...listed, ...blake2b].toSorted());
});

function messageOf(hash: string): string {
  try {
    return cidOf(codec.raw, mars, { hash }).toString();
  } catch (error) {
    return String(error instanceof Error ? error.message : error);
  }
}
