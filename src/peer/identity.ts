// The keys of a peer, in the formats of Go's libp2p: a protobuf of type and data, an id that is a multihash of the
// public one.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";

import { base58btc } from "multiformats/bases/base58";

import { messageOf } from "#lib";

import { InvalidIdentityError } from "./errors.ts";

/** A key pair and the peer id that follows from it. */
export interface Identity {
  /** `12D3Koo…`, or `Qm…` for RSA. */
  readonly id: string;
  /** The public key as libp2p's protobuf. */
  readonly publicKey: Uint8Array;
  /** The private key as libp2p's protobuf. */
  readonly privateKey: Uint8Array;
}

const keyType = { rsa: 0, ed25519: 1 } as const;
const pkcs8Ed25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/** A new Ed25519 identity. */
export function createIdentity(): Identity {
  const { privateKey } = generateKeyPairSync("ed25519");
  const seed = privateKey.export({ format: "der", type: "pkcs8" }).subarray(pkcs8Ed25519.length);
  return identityOfSeed(seed);
}

/** Reads a private key in libp2p's protobuf, Ed25519 or RSA. `place` is what an error names. @throws {InvalidIdentityError} */
export function parseIdentity(privateKey: Uint8Array, place: string): Identity {
  const { type, data } = decodeKey(privateKey, place);
  // 64 bytes: seed and public key; 96: the public key twice, as old programs wrote it
  if (type === keyType.ed25519 && (data.length === 64 || data.length === 96)) {
    const identity = identityOfSeed(data.subarray(0, 32));
    const isOwn = Buffer.compare(data.subarray(32, 64), identity.publicKey.subarray(4)) === 0;
    if (isOwn) return identity;
    throw new InvalidIdentityError(place, "its public key is not that of its private key");
  }
  if (type === keyType.rsa) return identityOfRsa(privateKey, data, place);
  const name = { 2: "secp256k1", 3: "ECDSA" }[type] ?? `of type ${type}`;
  throw new InvalidIdentityError(place, `the key is ${name}, expected Ed25519 or RSA`);
}

function identityOfSeed(seed: Uint8Array): Identity {
  const der = Buffer.concat([pkcs8Ed25519, seed]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  const raw = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  const publicKey = encodeKey(keyType.ed25519, raw);
  const privateKey = encodeKey(keyType.ed25519, Buffer.concat([seed, raw]));
  return { id: peerIdOf(publicKey), publicKey, privateKey };
}

function identityOfRsa(privateKey: Uint8Array, data: Uint8Array, place: string): Identity {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: Buffer.from(data), format: "der", type: "pkcs1" });
  } catch (cause) {
    throw new InvalidIdentityError(place, `no RSA key: ${messageOf(cause)}`, { cause });
  }
  const spki = createPublicKey(key).export({ format: "der", type: "spki" });
  const publicKey = encodeKey(keyType.rsa, spki);
  return { id: peerIdOf(publicKey), publicKey, privateKey };
}

/** libp2p's rule: keys up to 42 bytes stand in the id themselves (multihash identity), longer ones by their SHA-256. */
function peerIdOf(publicKey: Uint8Array): string {
  const isShort = publicKey.length <= 42;
  const digest = isShort ? publicKey : createHash("sha256").update(publicKey).digest();
  return base58btc.baseEncode(
    Buffer.concat([Buffer.of(isShort ? 0 : 0x12, digest.length), digest]),
  );
}

/** Protobuf: field 1 the type, field 2 the data. */
function encodeKey(type: number, data: Uint8Array): Uint8Array {
  const length = data.length < 128 ? [data.length] : [(data.length & 127) | 128, data.length >> 7];
  return Buffer.concat([Buffer.from([0x08, type, 0x12, ...length]), data]);
}

function decodeKey(bytes: Uint8Array, place: string): { type: number; data: Uint8Array } {
  const [tag, type = -1, dataTag, low = 0, high = 0] = bytes;
  const isLong = low > 127;
  const length = isLong ? (low & 127) | (high << 7) : low;
  const data = bytes.subarray(isLong ? 5 : 4);
  if (tag !== 0x08 || dataTag !== 0x12 || data.length !== length) {
    throw new InvalidIdentityError(place, "no private key in libp2p's protobuf");
  }
  return { type, data };
}
