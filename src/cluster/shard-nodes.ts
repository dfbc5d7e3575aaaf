import { encode } from "@ipld/dag-cbor";
import { encode as encodeDagPb } from "@ipld/dag-pb";

import { cidOf, type CidOptions } from "#dag";
import { type Block, type CID, codec } from "#model";

/** Links that one node holds: as many as fit into a block. */
const linksMax = 5984;

/**
 * The nodes that list CIDs, as IPFS Cluster makes them (cluster 6.7): dag-cbor maps from "0", "1", … to links, root first;
 * with more than 5984 links the root lists such lists.
 */
export function listNodes(cids: readonly CID[]): readonly [root: Block, ...rest: Block[]] {
  if (cids.length <= linksMax) return [nodeOf(cids)];
  const leaves: Block[] = [];
  // IPFS Cluster adds an empty one where the links fill the last
  for (let at = 0; at <= cids.length; at += linksMax) {
    leaves.push(nodeOf(cids.slice(at, at + linksMax)));
  }
  return [nodeOf(leaves.map(({ cid }) => cid)), ...leaves];
}

function nodeOf(cids: readonly CID[]): Block {
  const bytes = encode(Object.fromEntries(cids.map((cid, index) => [String(index), cid])));
  return { cid: cidOf(codec.dagCbor, bytes), bytes };
}

/**
 * A directory block, empty or with one entry. IPFS Cluster builds its trees in a file system of their own, and what that
 * leaves behind is in the shards too: an empty directory, and around a single file one in which it stands under its CID.
 */
export function directoryBlock(
  options: CidOptions,
  entry?: { readonly cid: CID; readonly size: number },
): Block {
  const { cid, size = 0 } = entry ?? {};
  const links = cid === undefined ? [] : [{ Name: cid.toString(), Hash: cid, Tsize: size }];
  const bytes = encodeDagPb({ Data: directoryData, Links: links });
  return { cid: cidOf(codec.dagPb, bytes, options), bytes };
}

/** UnixFS: a directory, and nothing else said of it. */
const directoryData = Uint8Array.of(0x08, 0x01);
