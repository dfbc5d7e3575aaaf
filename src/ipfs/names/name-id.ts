import { base36 } from "multiformats/bases/base36";
import { decode as decodeDigest } from "multiformats/hashes/digest";

import { CID, codec, multihash, peerIdBytes, peerIdText } from "#model";

/** The name of a key. */
export interface NameId {
  /** The multihash of the public key. */
  readonly bytes: Uint8Array;
  /** In base58, as a peer id. */
  readonly peer: string;
  /** As CID of codec libp2p-key in base36: `k51…`. */
  readonly text: string;
  /** `/ipns/` and the bytes: what the DHT calls it. */
  readonly routingKey: Uint8Array;
}

const prefix = Buffer.from("/ipns/");
const publicKeyPrefix = Buffer.from("/pk/");

/** Of `12D3Koo…`, `Qm…`, or a CID of codec libp2p-key in any base. @throws {InvalidPeerIdError} */
export function parseNameId(text: string): NameId {
  return nameIdOf(peerIdBytes(text));
}

/** Undefined for what is no key's id: a domain, perhaps. */
export function findNameId(text: string): NameId | undefined {
  try {
    return parseNameId(text);
  } catch {
    return undefined;
  }
}

export function nameIdOf(bytes: Uint8Array): NameId {
  const cid = CID.createV1(codec.libp2pKey, decodeDigest(bytes));
  return {
    bytes,
    peer: peerIdText(bytes),
    text: cid.toString(base36),
    routingKey: Buffer.concat([prefix, bytes]),
  };
}

/** Undefined when the bytes are no key of the namespace `ipns`. */
export function nameIdOfRoutingKey(key: Uint8Array): NameId | undefined {
  if (!Buffer.from(key.subarray(0, prefix.length)).equals(prefix)) return undefined;
  try {
    const bytes = key.subarray(prefix.length);
    const { code } = decodeDigest(bytes);
    return code === multihash.identity || code === multihash.sha256 ? nameIdOf(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** What the DHT calls the public key itself. */
export function publicKeyRoutingKey({ bytes }: NameId): Uint8Array {
  return Buffer.concat([publicKeyPrefix, bytes]);
}

/** The multihash in a key of the namespace `pk`. */
export function publicKeyHashOf(key: Uint8Array): Uint8Array | undefined {
  const isOwn = Buffer.from(key.subarray(0, publicKeyPrefix.length)).equals(publicKeyPrefix);
  return isOwn ? key.subarray(publicKeyPrefix.length) : undefined;
}

/** The public key that stands in the id itself; longer keys do not. */
export function inlinedKey({ bytes }: NameId): Uint8Array | undefined {
  const { code, digest } = decodeDigest(bytes);
  return code === multihash.identity ? digest : undefined;
}
