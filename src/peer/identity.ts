// The keys of a peer, in the formats of Go's libp2p: a protobuf of type and data, an id that is a multihash of the
// public one.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";

import { base58btc } from "multiformats/bases/base58";
import { z } from "zod";

import { messageOf } from "#lib";

import { InvalidIdentityError, NotInitializedError } from "./errors.ts";
import { writeWhole } from "./write-whole.ts";

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
  throw new InvalidIdentityError(place, `key type ${type} is neither Ed25519 nor RSA`);
}

/** `identity.json`: id and private key in base64. @throws {NotInitializedError} {InvalidIdentityError} */
export async function loadClusterIdentity(
  path: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Identity> {
  const stored = await readStored(path, environment);
  const identity = parseIdentity(Buffer.from(stored.private_key, "base64"), path);
  if (identity.id === stored.id) return identity;
  const problem = `its private_key belongs to ${identity.id}, not to its id ${stored.id}`;
  throw new InvalidIdentityError(path, problem);
}

const storedIdentity = z.object({ id: z.string(), private_key: z.string() });

async function readStored(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<z.output<typeof storedIdentity>> {
  const [id, privateKey] = [environment["CLUSTER_ID"], environment["CLUSTER_PRIVATEKEY"]];
  if (id !== undefined && privateKey !== undefined) return { id, private_key: privateKey };
  const content = await readKeyFile(path);
  let value: unknown;
  try {
    value = JSON.parse(content.toString());
  } catch (cause) {
    throw new InvalidIdentityError(path, `no valid JSON: ${messageOf(cause)}`, { cause });
  }
  const stored = storedIdentity.safeParse(value);
  if (!stored.success) throw new InvalidIdentityError(path, "expected texts id and private_key");
  return {
    id: id ?? stored.data.id,
    private_key: privateKey ?? stored.data.private_key,
  };
}

/** Writes `identity.json`, as the Go program does. */
export async function saveClusterIdentity(path: string, identity: Identity): Promise<void> {
  const stored = {
    id: identity.id,
    private_key: Buffer.from(identity.privateKey).toString("base64"),
  };
  await writeWhole(path, JSON.stringify(stored, undefined, 4));
}

/** `keys/self`: the protobuf of the IPFS node's private key. @throws {NotInitializedError} {InvalidIdentityError} */
export async function loadIpfsIdentity(path: string): Promise<Identity> {
  return parseIdentity(await readKeyFile(path), path);
}

export async function saveIpfsIdentity(path: string, identity: Identity): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeWhole(path, identity.privateKey);
}

async function readKeyFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (!(cause instanceof Error) || Reflect.get(cause, "code") !== "ENOENT") throw cause;
    throw new NotInitializedError(path, "key");
  }
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
