import { Digest } from "multiformats/hashes/digest";

import { CID, codec, decodeCid, multihash } from "#model";

const digestBytes = 32;

/**
 * Reads a CID from exactly its bytes, which it keeps. The common kinds (sha2-256 with a codec of one byte) take a third
 * of the time of the library's decoder: a directory of a hundred thousand entries has as many of them.
 * @throws {InvalidCidError}
 */
export function readCid(bytes: Uint8Array): CID {
  const isVersion0 = bytes.length === digestBytes + 2 && isSha256At(bytes, 0);
  if (isVersion0) return new CID(0, codec.dagPb, sha256In(bytes, 0), bytes);
  const code = bytes[1] ?? 0x80;
  const isVersion1 = bytes.length === digestBytes + 4 && bytes[0] === 1 && code < 0x80;
  if (isVersion1 && isSha256At(bytes, 2)) return new CID(1, code, sha256In(bytes, 2), bytes);
  return decodeCid(bytes);
}

function isSha256At(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === multihash.sha256 && bytes[at + 1] === digestBytes;
}

function sha256In(bytes: Uint8Array, at: number): Digest<typeof multihash.sha256, number> {
  const own = at === 0 ? bytes : bytes.subarray(at);
  return new Digest(multihash.sha256, digestBytes, bytes.subarray(at + 2), own);
}
