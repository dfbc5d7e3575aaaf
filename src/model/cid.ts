import { base16, base16upper } from "multiformats/bases/base16";
import { base32upper } from "multiformats/bases/base32";
import { base36, base36upper } from "multiformats/bases/base36";
import { base58btc, base58flickr } from "multiformats/bases/base58";
import { base64, base64pad, base64url, base64urlpad } from "multiformats/bases/base64";
import { CID } from "multiformats/cid";
import { Digest } from "multiformats/hashes/digest";

import { messageOf } from "#lib";

import { baseProblem, cidBytesProblem, multihashProblem } from "./cid-problem.ts";
import { InvalidCidError } from "./errors.ts";

export { CID };

/** Multicodec numbers of the codecs that Pinfold walks. */
export const codec = {
  raw: 0x55,
  dagPb: 0x70,
  dagCbor: 0x71,
  libp2pKey: 0x72,
  dagJson: 0x0129,
  json: 0x0200,
  cbor: 0x51,
} as const;

/** Multihash numbers that the program itself names. */
export const multihash = { identity: 0x00, sha256: 0x12 } as const;

const bases = [
  base16,
  base16upper,
  base32upper,
  base36,
  base36upper,
  base58btc,
  base58flickr,
  base64,
  base64pad,
  base64url,
  base64urlpad,
];
const decoders = new Map<string, (text: string) => Uint8Array>([
  ["b", (text) => decodeBase32(text.slice(1))],
  ...bases.map(({ prefix, decoder }) => [prefix, (text: string) => decoder.decode(text)] as const),
]);

/**
 * Reads a CID in any multibase, version 0 or 1.
 * @throws {InvalidCidError} worded as go-cid 0.6 does.
 */
export function parseCid(text: string): CID {
  if (text.length < 2) throw new InvalidCidError(text, "cid too short");
  if (text.length === 46 && text.startsWith("Qm")) return parseVersion0(text);
  const decode = decoders.get(text.charAt(0));
  if (decode === undefined) throw new InvalidCidError(text, "selected encoding not supported");
  let bytes: Uint8Array;
  try {
    bytes = decode(text);
  } catch (cause) {
    throw new InvalidCidError(text, baseProblem(text) ?? messageOf(cause));
  }
  return decodeCid(bytes, text);
}

/** Base32 as Go reads it: letters in either case; bits left over at the end are dropped, not refused. */
function decodeBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let [bits, bitCount, at] = [0, 0, 0];
  for (let index = 0; index < text.length; index += 1) {
    const value = base32Values[text.charCodeAt(index)];
    if (value === undefined || value < 0) {
      throw new Error(`illegal base32 character ${JSON.stringify(text.charAt(index))}`);
    }
    bits = ((bits << 5) | value) & 0xfff;
    bitCount += 5;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes[at] = (bits >> bitCount) & 0xff;
    at += 1;
  }
  return bytes;
}

const base32Values = new Int8Array(128).fill(-1);
for (const [value, letter] of Array.from("abcdefghijklmnopqrstuvwxyz234567").entries()) {
  base32Values[letter.charCodeAt(0)] = value;
  base32Values[letter.toUpperCase().charCodeAt(0)] = value;
}

/** Reads a CID from exactly its bytes. `text` is what an error names. @throws {InvalidCidError} */
export function decodeCid(bytes: Uint8Array, text = "bytes"): CID {
  if (isUsual(bytes)) return usualCid(new Uint8Array(bytes));
  const version = bytes[0] ?? 0;
  const isKnown = version === 1 || (version === 0x12 && bytes[1] === 0x20);
  try {
    if (isKnown) return CID.decode(bytes);
  } catch (cause) {
    throw new InvalidCidError(text, cidBytesProblem(bytes) ?? `invalid cid: ${messageOf(cause)}`);
  }
  throw new InvalidCidError(text, cidBytesProblem(bytes) ?? "invalid cid");
}

/** Version 0, or version 1 with a codec of one byte, and sha2-256: nearly all there are. */
function isUsual(bytes: Uint8Array): boolean {
  const multihashAt = bytes.length - multihashBytes;
  if (bytes[multihashAt] !== multihash.sha256 || bytes[multihashAt + 1] !== 32) return false;
  return multihashAt === 0 || (multihashAt === 2 && bytes[0] === 1 && (bytes[1] ?? 0x80) < 0x80);
}

/** Five times as fast as CID.decode, which finds out by reading that it is a usual one. The bytes are kept. */
function usualCid(bytes: Uint8Array): CID {
  const hash = bytes.subarray(bytes.length - multihashBytes);
  const digest = new Digest(multihash.sha256, 32, hash.subarray(2), hash);
  if (bytes.length === multihashBytes) return new CID(0, codec.dagPb, digest, bytes);
  return new CID(1, bytes[1] ?? 0, digest, bytes);
}

const multihashBytes = 34;

function parseVersion0(text: string): CID {
  let bytes: Uint8Array;
  try {
    bytes = base58btc.baseDecode(text);
  } catch {
    throw new InvalidCidError(text, "input isn't valid multihash");
  }
  try {
    return CID.decode(bytes);
  } catch (cause) {
    throw new InvalidCidError(text, multihashProblem(bytes) ?? messageOf(cause));
  }
}
