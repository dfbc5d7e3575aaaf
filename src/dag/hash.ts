import { Digest } from "multiformats/hashes/digest";

import { CID, codec, multihash } from "#model";

import { UnusableHashError } from "./errors.ts";
import {
  digestBytesMin,
  type HashFunction,
  hashFunctions,
  refusedHashes,
  unregistered,
} from "./hash-functions.ts";
import { varintBytes } from "./varint.ts";

/** Largest content of an identity CID, as Kubo 0.43 (boxo verifcid). */
export const identityBytesMax = 128;

const byCode = new Map(hashFunctions.map((one) => [one.code, one]));
const byName = new Map(hashFunctions.map((one) => [one.name, one]));

/** Names of the hash functions that blocks may have. `sha3` is one more name of sha3-512. */
export const hashNames: readonly string[] = ["identity", ...byName.keys()];

export interface CidOptions {
  /** A name of `hashNames`. Default sha2-256. */
  readonly hash?: string | undefined;
  /** Default 1. 0 is for dag-pb with sha2-256; any other codec gets 1 all the same. */
  readonly cidVersion?: 0 | 1 | undefined;
  /** Keeps only the first bytes of the digest. Default: all. */
  readonly digestBytes?: number | undefined;
}

/** Makes the CID of a block. @throws {UnusableHashError} worded as Kubo 0.43. */
export function cidOf(codecCode: number, bytes: Uint8Array, options: CidOptions = {}): CID {
  return createCidMaker(options)(codecCode, bytes);
}

/** `cidOf` prepared for many blocks: looks the hash function up once. @throws {UnusableHashError} */
export function createCidMaker(options: CidOptions): (codecCode: number, bytes: Uint8Array) => CID {
  const name = canonicalHashName(options.hash ?? "sha2-256");
  if (name === "identity") return identityCidOf;
  const one = byName.get(name);
  if (one === undefined) throw new UnusableHashError(name, hashRefusal(name) ?? "");
  const { cidVersion = 1, digestBytes = one.sizeBytes } = options;
  return (codecCode, bytes) => {
    const isVersion0 = cidVersion === 0 && codecCode === codec.dagPb;
    const parts = allocate(codecCode, { isVersion0, hash: one.code, digestBytes });
    writeDigest(one, bytes, parts.digest);
    return assemble(codecCode, parts, one.code);
  };
}

/** Content within its CID: the multihash `identity`. */
export function identityCidOf(codecCode: number, bytes: Uint8Array): CID {
  const hash = multihash.identity;
  const parts = allocate(codecCode, { isVersion0: false, hash, digestBytes: bytes.length });
  parts.digest.set(bytes);
  return assemble(codecCode, parts, hash);
}

/** Says what is wrong with a block; undefined when its bytes have that CID. */
export function verifyBlock(cid: CID, bytes: Uint8Array): string | undefined {
  const { code, digest } = cid.multihash;
  if (code === multihash.identity) return differenceOf(cid, digest, bytes);
  const one = byCode.get(code);
  if (one === undefined) return unregistered(code);
  if (digest.length < digestBytesMin || digest.length > one.sizeBytes) {
    return `${one.name} digest of ${digest.length} bytes in ${cid.toString()}: expected ${digestBytesMin} to ${one.sizeBytes}`;
  }
  const actual = new Uint8Array(digest.length);
  writeDigest(one, bytes, actual);
  return differenceOf(cid, digest, actual);
}

/** The name in the table's spelling; one that no table has stays as it is. */
export function canonicalHashName(name: string): string {
  const lower = name.toLowerCase();
  return lower === "sha3" ? "sha3-512" : lower;
}

/** Whether go-multihash knows the name, be it usable or not. */
export function isKnownHash(name: string): boolean {
  return hashNames.includes(canonicalHashName(name)) || refusedHashes.has(name.toLowerCase());
}

/** Why a hash function cannot be used, in Kubo's words; undefined when it can. */
export function hashRefusal(name: string): string | undefined {
  if (hashNames.includes(canonicalHashName(name))) return undefined;
  const lower = name.toLowerCase();
  return refusedHashes.get(lower) ?? `unrecognized hash function: ${JSON.stringify(lower)}`;
}

interface CidParts {
  readonly version: 0 | 1;
  readonly bytes: Uint8Array;
  /** View of `bytes`: the multihash. */
  readonly multihash: Uint8Array;
  /** View of `bytes`: the digest. */
  readonly digest: Uint8Array;
}

// One buffer for the CID, its multihash and its digest: this runs for every block that is imported.
function allocate(
  codecCode: number,
  how: { readonly isVersion0: boolean; readonly hash: number; readonly digestBytes: number },
): CidParts {
  const head = how.isVersion0 ? [] : [1, ...varintBytes(codecCode)];
  const multihashHead = [...varintBytes(how.hash), ...varintBytes(how.digestBytes)];
  const digestAt = head.length + multihashHead.length;
  const bytes = new Uint8Array(digestAt + how.digestBytes);
  bytes.set(head);
  bytes.set(multihashHead, head.length);
  return {
    version: how.isVersion0 ? 0 : 1,
    bytes,
    multihash: bytes.subarray(head.length),
    digest: bytes.subarray(digestAt),
  };
}

function assemble(codecCode: number, parts: CidParts, hash: number): CID {
  const digest = new Digest(hash, parts.digest.length, parts.digest, parts.multihash);
  return new CID(parts.version, codecCode, digest, parts.bytes);
}

function writeDigest(one: HashFunction, bytes: Uint8Array, out: Uint8Array): void {
  if (out.length === one.sizeBytes) return one.digestInto(bytes, out);
  const whole = new Uint8Array(one.sizeBytes);
  one.digestInto(bytes, whole);
  out.set(whole.subarray(0, out.length));
}

function differenceOf(cid: CID, expected: Uint8Array, actual: Uint8Array): string | undefined {
  const isEqual = Buffer.compare(expected, actual) === 0;
  return isEqual ? undefined : `the bytes are not those of ${cid.toString()}`;
}
