import { messageOf } from "#lib";
import { type CID, codec } from "#model";

import { decodeDagPb, linkCid, linkName } from "./dag-pb-decode.ts";
import { UndecodableBlockError } from "./errors.ts";
import type { DirectoryEntry } from "./ports.ts";
import { decodeValue, linksIn } from "./values.ts";

/**
 * The CIDs that a block links to, in the order of its encoding, each as often as it occurs. Codecs: dag-pb, dag-cbor,
 * dag-json; raw, json, cbor and libp2p-key have none.
 * @throws {UndecodableBlockError} for other codecs, and for a block that its codec cannot read
 */
export function linksOf(cid: CID, bytes: Uint8Array): readonly CID[] {
  if (hasNoLinks(cid)) return [];
  if (cid.code === codec.dagPb) {
    const node = decodeDagPb(cid, bytes);
    return node.links.map((link) => linkCid(node, link));
  }
  return valueLinksOf(cid, bytes).map((link) => link.cid);
}

/**
 * Links with their names: those of dag-pb, or the path inside of a dag-cbor or dag-json block (`a/0/b`, size 0).
 * @throws {UndecodableBlockError}
 */
export function namedLinksOf(cid: CID, bytes: Uint8Array): readonly DirectoryEntry[] {
  if (hasNoLinks(cid)) return [];
  if (cid.code === codec.dagPb) {
    const node = decodeDagPb(cid, bytes);
    return node.links.map((link) => ({
      name: linkName(node, link),
      cid: linkCid(node, link),
      tsize: link.tsize,
    }));
  }
  return valueLinksOf(cid, bytes).map((link) => ({ name: link.path, cid: link.cid, tsize: 0 }));
}

/** Whether a block with this CID has no links, whatever its bytes are. */
export function hasNoLinks(cid: CID): boolean {
  const { code } = cid;
  return (
    code === codec.raw || code === codec.json || code === codec.cbor || code === codec.libp2pKey
  );
}

function valueLinksOf(cid: CID, bytes: Uint8Array) {
  if (cid.code !== codec.dagCbor && cid.code !== codec.dagJson) {
    throw new UndecodableBlockError(cid, "codec is not supported");
  }
  const value = decodeValue(cid, bytes);
  try {
    return [...linksIn(value)];
  } catch (cause) {
    // nested so deeply that the stack ends
    throw new UndecodableBlockError(cid, messageOf(cause));
  }
}
