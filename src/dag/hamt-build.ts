import { codec } from "#model";

import type { BlockMaker, Made } from "./block-maker.ts";
import { encodeDagPb, type PbLink } from "./dag-pb-encode.ts";
import { ShardTooDeepError } from "./errors.ts";
import { murmur3, type NameHash } from "./murmur3.ts";
import type { UnixFsMetadata } from "./ports.ts";
import { encodeShardData } from "./unixfs-encode.ts";

interface Entry {
  readonly hash: NameHash;
  readonly link: PbLink;
}

interface Hamt {
  readonly maker: BlockMaker;
  readonly fanout: number;
  /** For the root. */
  readonly metadata: UnixFsMetadata;
  /** Names, in the order of the links so far. */
  readonly names: string[];
}

/** Makes the shards of a large directory (spec section 6.5). Answers its root, and the names in the order of the links. */
export async function buildHamt(
  links: readonly PbLink[],
  maker: BlockMaker,
  options: { readonly fanout: number; readonly metadata: UnixFsMetadata },
): Promise<{ readonly made: Made; readonly names: readonly string[] }> {
  const hamt = { maker, names: [], ...options };
  const entries: Entry[] = [];
  for (const link of links) {
    entries.push({ hash: murmur3(Buffer.from(link.name)), link });
    const room = maker.pause();
    if (room !== undefined) await room;
  }
  return { made: await buildShard(hamt, entries, 0), names: hamt.names };
}

async function buildShard(hamt: Hamt, entries: readonly Entry[], depth: number): Promise<Made> {
  const { maker, fanout, names } = hamt;
  const prefixLength = (fanout - 1).toString(16).length;
  const bitfield = new Uint8Array(fanout / 8);
  const links: PbLink[] = [];
  let tsize = 0;
  for (const place of distribute(entries, depth, fanout)) {
    let link = place.first.link;
    // a promise for each entry would take longer than its hash
    if (place.others === undefined) names.push(link.name);
    else link = await shardLink(hamt, [place.first, ...place.others], depth + 1);
    const prefix = place.index.toString(16).toUpperCase().padStart(prefixLength, "0");
    links.push({ name: prefix + link.name, cid: link.cid, tsize: link.tsize });
    tsize += link.tsize;
    const byteIndex = bitfield.length - 1 - (place.index >>> 3);
    bitfield[byteIndex] = (bitfield[byteIndex] ?? 0) | (1 << (place.index & 7));
  }
  const used = bitfield.subarray(bitfield.findIndex((byte) => byte !== 0));
  const data = encodeShardData(used, fanout, depth === 0 ? hamt.metadata : {});
  const bytes = encodeDagPb(links, data);
  const cid = maker.cidOf(codec.dagPb, bytes);
  const room = maker.put(cid, bytes);
  if (room !== undefined) await room;
  return { cid, tsize: tsize + bytes.length };
}

async function shardLink(hamt: Hamt, entries: readonly Entry[], depth: number): Promise<PbLink> {
  const made = await buildShard(hamt, entries, depth);
  return { name: "", cid: made.cid.bytes, tsize: made.tsize };
}

interface Place {
  readonly index: number;
  readonly first: Entry;
  others: Entry[] | undefined;
}

/** The entries at each place of a shard, first place first. Most shards are nearly empty, so there is no table. */
function distribute(entries: readonly Entry[], depth: number, fanout: number): readonly Place[] {
  const places = new Map<number, Place>();
  for (const entry of entries) {
    const index = placeOf(entry.hash, depth, fanout);
    const place = places.get(index);
    if (place === undefined) places.set(index, { index, first: entry, others: undefined });
    else if (place.others === undefined) place.others = [entry];
    else place.others.push(entry);
  }
  return [...places.values()].toSorted((a, b) => a.index - b.index);
}

/** A name's place in a shard of that depth: so many bits of its hash, the most significant first. */
function placeOf(hash: NameHash, depth: number, fanout: number): number {
  const bits = 31 - Math.clz32(fanout);
  const end = (depth + 1) * bits;
  if (end > 64) throw new ShardTooDeepError();
  const mask = fanout - 1;
  if (end <= 32) return (hash.high >>> (32 - end)) & mask;
  const low = hash.low >>> (64 - end);
  if (end - bits >= 32) return low & mask;
  return ((hash.high << (end - 32)) | low) & mask;
}
