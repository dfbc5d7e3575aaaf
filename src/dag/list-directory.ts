import type { BlockSource, CID, SignalOptions } from "#model";

import { linkCid, linkName, type PbLink, type PbNode } from "./dag-pb-decode.ts";
import { DamagedDagError, NotDirectoryError } from "./errors.ts";
import { decodeSubShard, prefixWidth } from "./hamt-read.ts";
import type { DirectoryEntry } from "./ports.ts";
import { loadUnixFs, type UnixFsDirectory, type UnixFsShard } from "./unixfs-node.ts";
import { getBlocks } from "./well-known.ts";

/** Child shards asked for together: about 400 KiB of an ordinary directory. */
const shardWindow = 16;

/**
 * A directory's entries in the order of its DAG. A HAMT is read shard by shard, so memory does not grow with the number
 * of entries.
 * @throws {NotDirectoryError | NotUnixFsError | UndecodableBlockError | DamagedDagError | BlockNotFoundError}
 */
export async function* listDirectory(
  source: BlockSource,
  cid: CID,
  options: SignalOptions = {},
): AsyncGenerator<DirectoryEntry> {
  const root = await loadUnixFs(source, cid, options);
  if (root.type !== "directory" && root.type !== "shard") throw new NotDirectoryError(cid);
  yield* listNode(source, root, options);
}

/** As `listDirectory`, for a root whose block is here already. */
export async function* listNode(
  source: BlockSource,
  root: UnixFsDirectory | UnixFsShard,
  options: SignalOptions,
): AsyncGenerator<DirectoryEntry> {
  const open = [openFrame(root)];
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    const link = frame.node.links[frame.next];
    if (link === undefined) {
      open.pop();
      continue;
    }
    const nested = frame.shard === undefined ? undefined : isSubShard(frame, link);
    if (nested === true) {
      options.signal?.throwIfAborted();
      open.push(openFrame(await takeSubShard(source, frame, options), open.length));
      continue;
    }
    frame.next += 1;
    yield {
      name: linkName(frame.node, link, frame.width),
      cid: linkCid(frame.node, link),
      tsize: link.tsize,
    };
  }
}

/** A directory or shard that is being listed. */
interface Frame {
  readonly node: PbNode;
  readonly shard: UnixFsShard | undefined;
  /** Length of the index in front of names. */
  readonly width: number;
  next: number;
  /** Child shards that were read together, in the order of their links. */
  ahead: UnixFsShard[];
}

function openFrame(at: UnixFsDirectory | UnixFsShard, depth = 0): Frame {
  if (at.type === "directory")
    return { node: at.node, shard: undefined, width: 0, next: 0, ahead: [] };
  if (depth * Math.log2(at.fanout) >= 64) {
    throw new DamagedDagError(at.cid, "shards are nested deeper than the hash has bits");
  }
  return { node: at.node, shard: at, width: prefixWidth(at.fanout), next: 0, ahead: [] };
}

function isSubShard(frame: Frame, link: PbLink): boolean {
  const length = link.nameEnd - link.nameStart;
  if (length >= frame.width) return length === frame.width;
  throw new DamagedDagError(frame.node.cid, "a shard has a link without its index");
}

async function takeSubShard(
  source: BlockSource,
  frame: Frame,
  options: SignalOptions,
): Promise<UnixFsShard> {
  const { node, shard } = frame;
  if (frame.ahead.length === 0 && shard !== undefined) {
    const links = node.links.slice(frame.next).filter((link) => isSubShard(frame, link));
    const cids = links.slice(0, shardWindow).map((link) => linkCid(node, link));
    const blocks = await getBlocks(source, cids, options);
    frame.ahead = cids.map((cid, at) => decodeSubShard(shard, cid, blocks[at] ?? new Uint8Array()));
  }
  frame.next += 1;
  const taken = frame.ahead.shift();
  if (taken === undefined) throw new DamagedDagError(node.cid, "a shard is missing");
  return taken;
}
