import { cidOf, hashNames } from "#dag";
import { type CID, codec, decodeCid, multihash } from "#model";

import { BadMessageError } from "../errors.ts";
import type { WireBlock } from "./message.ts";
import { WireReader } from "./wire.ts";

/** A block's multihash as text of one character a byte: what wants are filed under. */
export type BlockKey = string;

const digestBytes = 32;

export function keyOfCid(cid: CID): BlockKey {
  return textOf(cid.multihash.bytes, 0);
}

/** The key of a CID's bytes. @throws {BadMessageError} */
export function keyOfCidBytes(bytes: Uint8Array): BlockKey {
  if (isSha256(bytes, 0) && bytes.length === digestBytes + 2) return textOf(bytes, 0);
  const isPlain = bytes[0] === 1 && (bytes[1] ?? 0x80) < 0x80 && isSha256(bytes, 2);
  if (isPlain && bytes.length === digestBytes + 4) return textOf(bytes, 2);
  return keyOfCid(readCid(bytes));
}

/** @throws {BadMessageError} */
export function readCid(bytes: Uint8Array): CID {
  try {
    return decodeCid(bytes);
  } catch (cause) {
    throw new BadMessageError("an invalid cid", { cause });
  }
}

// one digest at a time: computed and turned into text without a wait between
const sha256 = Buffer.alloc(digestBytes + 2);
sha256[0] = multihash.sha256;
sha256[1] = digestBytes;
const sha256Digest = sha256.subarray(2);

/**
 * Hashes a block: whoever wanted the key gets what its CID says. Undefined when the prefix names a hash function that
 * cannot be checked: such a block cannot be one that was wanted. @throws {BadMessageError}
 */
export function keyOfBlock({ prefix, bytes }: WireBlock): BlockKey | undefined {
  if (prefix !== undefined && !isSha256(prefix, prefix.length - 2)) return oddKey(prefix, bytes);
  Bun.SHA256.hash(bytes, sha256Digest);
  return sha256.toString("latin1");
}

/** Whether blocks with this hash can be checked. */
export function isCheckable(cid: CID): boolean {
  const { code } = cid.multihash;
  return code === multihash.sha256 || code === multihash.identity || nameOf(code) !== undefined;
}

function oddKey(prefix: Uint8Array, bytes: Uint8Array): BlockKey | undefined {
  const reader = new WireReader(prefix);
  const [, , code, length] = [reader.varint(), reader.varint(), reader.varint(), reader.varint()];
  const hash = nameOf(code);
  if (hash === undefined) return undefined;
  const whole = cidOf(codec.raw, bytes, { hash, ...cut(code, length) });
  return keyOfCid(whole);
}

function cut(code: number, length: number): { readonly digestBytes?: number } {
  const fullSize = names().get(code)?.sizeBytes ?? 0;
  return length < fullSize ? { digestBytes: length } : {};
}

function nameOf(code: number): string | undefined {
  return names().get(code)?.name;
}

let known: Map<number, { readonly name: string; readonly sizeBytes: number }> | undefined;

/** Hash functions by their code; made when the first block with another than sha2-256 turns up. */
function names(): NonNullable<typeof known> {
  known ??= new Map(
    hashNames
      .filter((name) => name !== "identity")
      .map((name) => {
        const { code, size } = cidOf(codec.raw, new Uint8Array(), { hash: name }).multihash;
        return [code, { name, sizeBytes: size }] as const;
      }),
  );
  return known;
}

function isSha256(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === multihash.sha256 && bytes[at + 1] === digestBytes;
}

function textOf(bytes: Uint8Array, start: number): BlockKey {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1", start);
}
