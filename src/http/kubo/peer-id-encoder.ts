import { decode as decodeDigest } from "multiformats/hashes/digest";

import { CID, codec, peerIdBytes, peerIdText } from "#model";

import { createCidEncoder } from "./cid-encoder.ts";

/** Writes peer ids as the options `peerid-base` and `ipns-base` want them. */
export type PeerIdEncoder = (peer: string) => string;

/** `b58mh` is the id in base58; any multibase, by name or letter, a CID of codec libp2p-key. @throws {CommandError} */
export function createPeerIdEncoder(base: string): PeerIdEncoder {
  if (base === "b58mh") return (peer) => peerIdText(peerIdBytes(peer));
  const encode = createCidEncoder(base, true);
  return (peer) => encode(CID.createV1(codec.libp2pKey, decodeDigest(peerIdBytes(peer))));
}
