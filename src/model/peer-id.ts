import { base58btc } from "multiformats/bases/base58";
import { decode as decodeDigest } from "multiformats/hashes/digest";

import { messageOf } from "#lib";

import { multihashProblem } from "./cid-problem.ts";
import { codec, multihash, parseCid } from "./cid.ts";
import { InvalidPeerIdError } from "./errors.ts";

/**
 * A peer id's multihash from its text: base58btc (`12D3Koo…`, `Qm…`) or a CID of codec libp2p-key in any multibase.
 * @throws {InvalidPeerIdError}
 */
export function peerIdBytes(text: string): Uint8Array {
  const isBase58 = text.startsWith("Qm") || text.startsWith("1");
  try {
    const bytes = isBase58 ? fromBase58(text) : keyOf(text);
    const { code } = decodeDigest(bytes);
    if (code !== multihash.identity && code !== multihash.sha256) {
      throw new Error(`unexpected multihash ${code}`);
    }
    return bytes;
  } catch (cause) {
    throw new InvalidPeerIdError(text, messageOf(cause));
  }
}

/** The text of a peer id (base58btc) from its multihash. @throws {InvalidPeerIdError} */
export function peerIdText(bytes: Uint8Array): string {
  const text = base58btc.baseEncode(bytes);
  try {
    decodeDigest(bytes);
  } catch (cause) {
    throw new InvalidPeerIdError(text, messageOf(cause));
  }
  return text;
}

/** Worded as go-multihash does. */
function fromBase58(text: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = base58btc.baseDecode(text);
  } catch (cause) {
    throw new Error("input isn't valid multihash", { cause });
  }
  const problem = multihashProblem(bytes);
  if (problem !== undefined) throw new Error(problem);
  return bytes;
}

function keyOf(text: string): Uint8Array {
  const cid = parseCid(text);
  if (cid.code !== codec.libp2pKey) throw new Error("not a libp2p key");
  return cid.multihash.bytes;
}
