import { codec } from "#model";

import type { BlockMaker, Made } from "./block-maker.ts";
import { encodeDagPb, type PbLink } from "./dag-pb-encode.ts";
import { ShardTooDeepError } from "./errors.ts";
import { murmur3, type NameHash } from "./murmur3.ts";
import type { UnixFsMetadata } from "./ports.ts";
import { encodeShardData } from "./unixfs-encode.ts";

interface Entry extends NameHash {
  readonly link: PbLink;
}

interface HamtOptions {
  readonly fanout: number;
  /** For the root. */
  readonly metadata: UnixFsMetadata;
}

/** Makes the shards of a large directory (spec section 6.5). Answers its root, and the names in the order of the links. */
export async function buildHamt(
  links: readonly PbLink[],
  maker: BlockMaker,
  options: HamtOptions,
): Promise<{ readonly made: Made; readonly names: readonly string[] }> {
  const encoder = new TextEncoder();
  const entries = links.map((link): Entry => {
    const { high, low } = murmur3(encoder.encode(link.name));
    return { high, low, link };
  });
  // entries of one shard are neighbours then, on every level
  entries.sort((a, b) => a.high - b.high || a.low - b.low);
  const made = await buildShard(entries, maker, { ...options, depth: 0 });
  return { made, names: entries.map((entry) => entry.link.name) };
}

async function buildShard(
  entries: readonly Entry[],
  maker: BlockMaker,
  options: HamtOptions & { readonly depth: number },
): Promise<Made> {
  const { fanout, metadata, depth } = options;
  const prefixLength = (fanout - 1).toString(16).length;
  const bitfield = new Uint8Array(fanout / 8);
  const links: PbLink[] = [];
  let tsize = 0;
  for (let from = 0; from < entries.length;) {
    const index = indexAt(entries[from], depth, fanout);
    let end = from + 1;
    while (end < entries.length && indexAt(entries[end], depth, fanout) === index) end += 1;
    const below = { fanout, metadata: {}, depth: depth + 1 };
    const link = await linkTo(entries.slice(from, end), maker, below);
    const prefix = index.toString(16).toUpperCase().padStart(prefixLength, "0");
    links.push({ ...link, name: prefix + link.name });
    tsize += link.tsize;
    const byteIndex = bitfield.length - 1 - (index >>> 3);
    bitfield[byteIndex] = (bitfield[byteIndex] ?? 0) | (1 << (index & 7));
    from = end;
  }
  const used = bitfield.subarray(bitfield.findIndex((byte) => byte !== 0));
  const bytes = encodeDagPb(links, encodeShardData(used, fanout, metadata));
  const cid = maker.cidOf(codec.dagPb, bytes);
  const room = maker.put(cid, bytes);
  if (room !== undefined) await room;
  return { cid, tsize: tsize + bytes.length };
}

/** A link to the one entry itself, or to a shard of several. */
async function linkTo(
  entries: readonly Entry[],
  maker: BlockMaker,
  options: HamtOptions & { readonly depth: number },
): Promise<PbLink> {
  const [first] = entries;
  if (first !== undefined && entries.length === 1) return first.link;
  const made = await buildShard(entries, maker, options);
  return { name: "", cid: made.cid.bytes, tsize: made.tsize };
}

/** The entry's place in a shard of that depth: so many bits of its hash, the most significant first. */
function indexAt(hash: NameHash | undefined, depth: number, fanout: number): number {
  const bits = 31 - Math.clz32(fanout);
  const end = (depth + 1) * bits;
  if (hash === undefined || end > 64) throw new ShardTooDeepError();
  const mask = fanout - 1;
  if (end <= 32) return (hash.high >>> (32 - end)) & mask;
  const low = hash.low >>> (64 - end);
  if (end - bits >= 32) return low & mask;
  return ((hash.high << (end - 32)) | low) & mask;
}
