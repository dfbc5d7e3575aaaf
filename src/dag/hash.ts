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

/** `cidOf` prepared for many blocks. @throws {UnusableHashError} */
export function createCidMaker(options: CidOptions): (codecCode: number, bytes: Uint8Array) => CID {
  const name = canonicalHashName(options.hash ?? "sha2-256");
  if (name === "identity") return identityCidOf;
  const one = byName.get(name);
  if (one === undefined) throw new UnusableHashError(name, hashRefusal(name) ?? "");
  const { cidVersion = 1, digestBytes = one.sizeBytes } = options;
  const frames = new Map<number, CidFrame>();
  return (codecCode, bytes) => {
    let frame = frames.get(codecCode);
    if (frame === undefined) {
      frame = frameOf(codecCode, { cidVersion, hash: one.code, digestBytes });
      frames.set(codecCode, frame);
    }
    const cidBytes = frame.head.slice();
    const digest = cidBytes.subarray(frame.digestAt);
    writeDigest(one, bytes, digest);
    return assemble(frame, cidBytes, digest);
  };
}

/** Content within its CID: the multihash `identity`. */
export function identityCidOf(codecCode: number, bytes: Uint8Array): CID {
  const hash = multihash.identity;
  const frame = frameOf(codecCode, { cidVersion: 1, hash, digestBytes: bytes.length });
  const digest = frame.head.subarray(frame.digestAt);
  digest.set(bytes);
  return assemble(frame, frame.head, digest);
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

/** The name of a hash function that blocks may have, by its multihash code; undefined for any other. */
export function hashNameOf(code: number): string | undefined {
  return byCode.get(code)?.name;
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

/** What CIDs of one codec and one hash function share. */
interface CidFrame {
  readonly version: 0 | 1;
  readonly codec: number;
  readonly hash: number;
  /** A CID whose digest is all zeros. */
  readonly head: Uint8Array;
  readonly multihashAt: number;
  readonly digestAt: number;
}

function frameOf(
  codecCode: number,
  how: { readonly cidVersion: 0 | 1; readonly hash: number; readonly digestBytes: number },
): CidFrame {
  const version = codecCode === codec.dagPb ? how.cidVersion : 1;
  const before = version === 0 ? [] : [1, ...varintBytes(codecCode)];
  const all = [...before, ...varintBytes(how.hash), ...varintBytes(how.digestBytes)];
  const head = new Uint8Array(all.length + how.digestBytes);
  head.set(all);
  return {
    version,
    codec: codecCode,
    hash: how.hash,
    head,
    multihashAt: before.length,
    digestAt: all.length,
  };
}

// CID, multihash and digest share one buffer: this runs for every block that is imported
function assemble(frame: CidFrame, bytes: Uint8Array, digest: Uint8Array): CID {
  const multihashBytes = bytes.subarray(frame.multihashAt);
  const whole = new Digest(frame.hash, digest.length, digest, multihashBytes);
  return new CID(frame.version, frame.codec, whole, bytes);
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
