// Keys as libp2p has them: a protobuf of type and data, ids that are multihashes of the public one. RSA, Ed25519 and
// ECDSA are the runtime's; it has no secp256k1.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signWithRuntime,
  verify as verifyWithRuntime,
} from "node:crypto";

import { messageOf } from "#lib";
import { peerIdText } from "#model";

import { InvalidKeyError } from "./errors.ts";
import { bytesField, numberField, readProtobuf } from "./protobuf.ts";
import { loadSecp256k1 } from "./secp256k1.ts";
import type { KeyType } from "./types.ts";

/** A private key, its public one and the peer id that follows. */
export interface KeyPair {
  readonly type: KeyType;
  /** Peer id in base58. */
  readonly peer: string;
  /** As libp2p's protobuf. */
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
  /** What libp2p keeps of the private key: PKCS #1, seed and public key, or the number alone. */
  readonly raw: Uint8Array;
}

/** A key's bytes in libp2p's protobuf. */
export interface EncodedKey {
  readonly type: number;
  readonly data: Uint8Array;
}

export const typeNumber = { rsa: 0, ed25519: 1, secp256k1: 2, ecdsa: 3 } as const;

/** Sizes of RSA keys: shorter ones are no protection, longer ones cost too much to check. */
const rsaBits = { least: 2048, most: 8192 } as const;

const ed25519 = {
  pkcs8: Buffer.from("302e020100300506032b657004220420", "hex"),
  spki: Buffer.from("302a300506032b6570032100", "hex"),
} as const;

function encodeKey({ type, data }: EncodedKey): Uint8Array {
  return Buffer.concat([numberField(1, BigInt(type)), bytesField(2, data)]);
}

/** @throws {Error} worded as Go's protobuf */
function decodeKey(bytes: Uint8Array): EncodedKey {
  let fields: ReturnType<typeof readProtobuf>;
  try {
    fields = readProtobuf(bytes);
  } catch (cause) {
    throw new Error("proto: cannot parse invalid wire-format data", { cause });
  }
  const [type, data] = [fields.get(1), fields.get(2)];
  const missing = typeof type !== "bigint" ? "Type" : "Data";
  if (typeof type === "bigint" && data instanceof Uint8Array) return { type: Number(type), data };
  throw new Error(`proto: required field crypto.pb.PrivateKey.${missing} not set`);
}

/** Reads a private key in libp2p's protobuf. @throws {InvalidKeyError} */
export async function parsePrivateKey(privateKey: Uint8Array): Promise<KeyPair> {
  try {
    return await pairOf(decodeKey(privateKey));
  } catch (cause) {
    if (cause instanceof InvalidKeyError) throw cause;
    throw new InvalidKeyError(messageOf(cause), { cause });
  }
}

/** The pair of a private key's data. @throws {Error} */
export async function pairOf({ type, data }: EncodedKey): Promise<KeyPair> {
  if (type === typeNumber.ed25519) return ed25519Pair(data);
  if (type === typeNumber.rsa) return rsaPair(data);
  if (type === typeNumber.secp256k1) return secp256k1Pair(data);
  const name = type === typeNumber.ecdsa ? "*crypto.ECDSAPrivateKey" : `number ${type}`;
  throw new InvalidKeyError(
    `key type ${name} is not allowed to be imported, only RSA, Ed25519, or Secp256k1`,
  );
}

/** libp2p's rule: keys up to 42 bytes stand in the id themselves (multihash identity), longer ones by their SHA-256. */
export function peerIdOf(publicKey: Uint8Array): string {
  const isShort = publicKey.length <= 42;
  const digest = isShort ? publicKey : createHash("sha256").update(publicKey).digest();
  return peerIdText(Buffer.concat([Buffer.of(isShort ? 0 : 0x12, digest.length), digest]));
}

/** Signs as Go's libp2p: RSA PKCS #1 v1.5 and secp256k1 over the SHA-256, Ed25519 over the bytes. */
export async function signBytes(privateKey: Uint8Array, bytes: Uint8Array): Promise<Uint8Array> {
  const { type, raw } = await parsePrivateKey(privateKey);
  if (type === "secp256k1") return (await loadSecp256k1()).sign(raw, bytes);
  const key = runtimePrivateKey(type, raw);
  return signWithRuntime(type === "ed25519" ? null : "sha256", bytes, key);
}

/** Whether the signature is the key's (libp2p's protobuf), over these bytes. A key that is none has signed nothing. */
export async function verifyBytes(
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  try {
    const { type, data } = decodeKey(publicKey);
    if (type === typeNumber.secp256k1) {
      return (await loadSecp256k1()).verify(data, bytes, signature);
    }
    const key = runtimePublicKey(type, data);
    return verifyWithRuntime(type === typeNumber.ed25519 ? null : "sha256", bytes, key, signature);
  } catch {
    return false;
  }
}

function ed25519Pair(data: Uint8Array): KeyPair {
  // 64 bytes: seed and public key; 96: the public key twice, as old programs wrote it
  if (data.length !== 64 && data.length !== 96) {
    throw new Error(`expected ed25519 data size to be 64 or 96, got ${data.length}`);
  }
  const seed = data.subarray(0, 32);
  const own = createPublicKey(runtimePrivateKey("ed25519", data));
  const raw = own.export({ format: "der", type: "spki" }).subarray(-32);
  if (!raw.equals(data.subarray(32, 64))) {
    throw new Error("its public key is not that of its private key");
  }
  return makePair("ed25519", Buffer.concat([seed, raw]), raw);
}

function rsaPair(data: Uint8Array): KeyPair {
  const key = createPublicKey(runtimePrivateKey("rsa", data));
  checkRsaBits(key.asymmetricKeyDetails?.modulusLength ?? 0);
  return makePair("rsa", data, key.export({ format: "der", type: "spki" }));
}

async function secp256k1Pair(data: Uint8Array): Promise<KeyPair> {
  if (data.length !== 32) throw new Error("expected secp256k1 data size to be 32");
  return makePair("secp256k1", data, (await loadSecp256k1()).publicKeyOf(data));
}

function makePair(type: KeyType, raw: Uint8Array, publicData: Uint8Array): KeyPair {
  const publicKey = encodeKey({ type: typeNumber[type], data: publicData });
  const privateKey = encodeKey({ type: typeNumber[type], data: raw });
  return { type, peer: peerIdOf(publicKey), privateKey, publicKey, raw };
}

/** @throws {InvalidKeyError} worded as go-libp2p */
export function checkRsaBits(bits: number): void {
  if (bits < rsaBits.least) {
    throw new InvalidKeyError(`rsa keys must be >= ${rsaBits.least} bits to be useful`);
  }
  if (bits > rsaBits.most) throw new InvalidKeyError(`rsa keys must be <= ${rsaBits.most} bits`);
}

/** The runtime's own form of a key. */
export function runtimePrivateKey(type: "ed25519" | "rsa", raw: Uint8Array): KeyObject {
  const isRsa = type === "rsa";
  const der = isRsa ? Buffer.from(raw) : Buffer.concat([ed25519.pkcs8, raw.subarray(0, 32)]);
  return createPrivateKey({ key: der, format: "der", type: isRsa ? "pkcs1" : "pkcs8" });
}

function runtimePublicKey(type: number, data: Uint8Array): KeyObject {
  if (type === typeNumber.ed25519) {
    if (data.length !== 32) throw new Error("expected ed25519 data size to be 32");
    const der = Buffer.concat([ed25519.spki, data]);
    return createPublicKey({ key: der, format: "der", type: "spki" });
  }
  // what is longer than the longest RSA key is not even looked at
  if (data.length > rsaBits.most / 8 + 64) throw new Error("the public key is too long");
  const key = createPublicKey({ key: Buffer.from(data), format: "der", type: "spki" });
  const wanted = type === typeNumber.rsa ? "rsa" : "ec";
  if (key.asymmetricKeyType !== wanted) throw new Error("the public key is of another type");
  if (wanted === "rsa") checkRsaBits(key.asymmetricKeyDetails?.modulusLength ?? 0);
  return key;
}
