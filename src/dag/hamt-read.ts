import type { BlockSource, CID, SignalOptions } from "#model";

import { hasName, linkCid, type PbLink } from "./dag-pb-decode.ts";
import { DamagedDagError } from "./errors.ts";
import { murmur3, type NameHash } from "./murmur3.ts";
import { decodeUnixFsNode, loadUnixFs, type UnixFsShard } from "./unixfs-node.ts";

const utf8 = new TextEncoder();

/** The entry of a HAMT directory with this name, reading only the shards on the way to it. */
export async function findInShards(
  source: BlockSource,
  wanted: { readonly root: UnixFsShard; readonly name: string } & SignalOptions,
): Promise<CID | undefined> {
  const name = utf8.encode(wanted.name);
  const hash = murmur3(name);
  const bitsPerLevel = Math.log2(wanted.root.fanout);
  let shard = wanted.root;
  for (let used = 0; used + bitsPerLevel <= 64; used += bitsPerLevel) {
    const index = bitsOf(hash, used, bitsPerLevel);
    const found = findInShard(shard, { name, index });
    if (found === undefined) return undefined;
    const cid = linkCid(shard.node, found.link);
    if (!found.isShard) return cid;
    shard = asSubShard(shard, await loadUnixFs(source, cid, wanted));
  }
  throw new DamagedDagError(shard.cid, "shards are nested deeper than the hash has bits");
}

/** How many characters of a link's name in a shard are the index. */
export function prefixWidth(fanout: number): number {
  return (fanout - 1).toString(16).length;
}

/** Decodes a child shard and checks that it fits. @throws {DamagedDagError} */
export function decodeSubShard(parent: UnixFsShard, cid: CID, bytes: Uint8Array): UnixFsShard {
  return asSubShard(parent, decodeUnixFsNode(cid, bytes));
}

/** `count` bits of a hash after the first `used`, most significant first. */
function bitsOf(hash: NameHash, used: number, count: number): number {
  const fromHigh = Math.min(Math.max(32 - used, 0), count);
  const fromLow = count - fromHigh;
  const high = fromHigh === 0 ? 0 : (hash.high << used) >>> (32 - fromHigh);
  const lowUsed = Math.max(used - 32, 0);
  const low = fromLow === 0 ? 0 : (hash.low << lowUsed) >>> (32 - fromLow);
  return (high << fromLow) | low;
}

function asSubShard(parent: UnixFsShard, node: ReturnType<typeof decodeUnixFsNode>): UnixFsShard {
  if (node.type === "shard" && node.fanout === parent.fanout) return node;
  throw new DamagedDagError(node.cid, `a part of the sharded directory is a ${node.type}`);
}

function findInShard(
  shard: UnixFsShard,
  wanted: { readonly name: Uint8Array; readonly index: number },
): { readonly link: PbLink; readonly isShard: boolean } | undefined {
  const skipped = prefixWidth(shard.fanout);
  const prefix = utf8.encode(wanted.index.toString(16).toUpperCase().padStart(skipped, "0"));
  const { node } = shard;
  for (const link of node.links) {
    const isPrefixed = prefix.every((byte, at) => node.bytes[link.nameStart + at] === byte);
    if (!isPrefixed || link.nameEnd - link.nameStart < skipped) continue;
    if (link.nameEnd - link.nameStart === skipped) return { link, isShard: true };
    if (hasName(node, link, { bytes: wanted.name, skipped })) return { link, isShard: false };
  }
  return undefined;
}
