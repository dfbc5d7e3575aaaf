import { blake2b } from "@noble/hashes/blake2.js";
import { blake3 } from "@noble/hashes/blake3.js";
import { keccak_256, keccak_512, shake256 } from "@noble/hashes/sha3.js";

import { multihash } from "#model";

export interface HashFunction {
  readonly name: string;
  /** Its multihash code. */
  readonly code: number;
  readonly sizeBytes: number;
  /** Writes the digest into `out`, which is exactly as long. */
  readonly digestInto: (bytes: Uint8Array, out: Uint8Array) => void;
}

/** Shortest digest that Kubo 0.43 takes (boxo verifcid), but for identity. */
export const digestBytesMin = 20;

/**
 * The hash functions that blocks may have: those of `ipfs cid hashes --supported` (Kubo 0.43), less the few which its
 * registry lists but cannot compute, and without identity, which is no hash.
 */
export const hashFunctions: readonly HashFunction[] = [
  { name: "sha2-256", code: multihash.sha256, sizeBytes: 32, digestInto: sha256Into },
  native("sha1", { code: 0x11, sizeBytes: 20, algorithm: "sha1" }),
  native("sha2-512", { code: 0x13, sizeBytes: 64, algorithm: "sha512" }),
  native("sha3-512", { code: 0x14, sizeBytes: 64, algorithm: "sha3-512" }),
  native("sha3-384", { code: 0x15, sizeBytes: 48, algorithm: "sha3-384" }),
  native("sha3-256", { code: 0x16, sizeBytes: 32, algorithm: "sha3-256" }),
  native("sha3-224", { code: 0x17, sizeBytes: 28, algorithm: "sha3-224" }),
  { name: "shake-256", code: 0x19, sizeBytes: 64, digestInto: shake256Into },
  { name: "keccak-256", code: 0x1b, sizeBytes: 32, digestInto: (b, out) => out.set(keccak_256(b)) },
  { name: "keccak-512", code: 0x1d, sizeBytes: 64, digestInto: (b, out) => out.set(keccak_512(b)) },
  { name: "blake3", code: 0x1e, sizeBytes: 32, digestInto: (b, out) => out.set(blake3(b)) },
  { name: "dbl-sha2-256", code: 0x56, sizeBytes: 32, digestInto: doubleSha256Into },
  ...Array.from({ length: 64 - digestBytesMin + 1 }, (_, index) =>
    blake2bOf(digestBytesMin + index),
  ),
  native("blake2s-256", { code: 0xb260, sizeBytes: 32, algorithm: "blake2s256" }),
];

const insecure = "potentially insecure hash functions not allowed";

/**
 * Other names that `ipfs add --hash` knows, and what Kubo 0.43 says when a block is to be made with them: boxo's
 * verifcid refuses some, go-multihash has no code for the others.
 */
export const refusedHashes: ReadonlyMap<string, string> = new Map([
  ...["md5", "shake-128", "murmur3-x64-64"].map((name) => [name, insecure] as const),
  ...range(1, digestBytesMin - 1).map((size) => [`blake2b-${size * 8}`, insecure] as const),
  ...range(1, 31).map((size) => [`blake2s-${size * 8}`, impossible(0xb240 + size)] as const),
  ["keccak-224", impossible(0x1a)],
  ["keccak-384", impossible(0x1c)],
  ["sha2-256-trunc254-padded", impossible(0x1012)],
  ["x11", impossible(0x1100)],
  ["poseidon-bls12_381-a2-fc1", impossible(0xb401)],
]);

function impossible(code: number): string {
  return `invalid cid: ${unregistered(code)}`;
}

/** What go-multihash says of a code that it cannot compute. */
export function unregistered(code: number): string {
  return `unknown multihash code ${code} (0x${code.toString(16)}): no such hash registered`;
}

function sha256Into(bytes: Uint8Array, out: Uint8Array): void {
  Bun.SHA256.hash(bytes, out);
}

function doubleSha256Into(bytes: Uint8Array, out: Uint8Array): void {
  Bun.SHA256.hash(Bun.SHA256.hash(bytes), out);
}

function shake256Into(bytes: Uint8Array, out: Uint8Array): void {
  out.set(shake256(bytes, { dkLen: out.length }));
}

function native(
  name: string,
  {
    code,
    sizeBytes,
    algorithm,
  }: { code: number; sizeBytes: number; algorithm: Bun.SupportedCryptoAlgorithms },
): HashFunction {
  return {
    name,
    code,
    sizeBytes,
    digestInto: (bytes, out) => void Bun.CryptoHasher.hash(algorithm, bytes, out),
  };
}

function blake2bOf(sizeBytes: number): HashFunction {
  const name = `blake2b-${sizeBytes * 8}`;
  const code = 0xb200 + sizeBytes;
  if (sizeBytes === 32) return native(name, { code, sizeBytes, algorithm: "blake2b256" });
  if (sizeBytes === 64) return native(name, { code, sizeBytes, algorithm: "blake2b512" });
  return {
    name,
    code,
    sizeBytes,
    digestInto: (b, out) => out.set(blake2b(b, { dkLen: sizeBytes })),
  };
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
