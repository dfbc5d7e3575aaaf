import {
  type Block,
  BlockNotFoundError,
  type BlockSource,
  type CID,
  multihash,
  type SignalOptions,
} from "#model";

import { hasNoLinks, linksOf } from "./links.ts";
import { type Seen, SeenAtDepth, SeenOnce } from "./walk-seen.ts";
import { getBlock, getBlocks } from "./well-known.ts";

/** Children of one node that are asked for together. */
const windowBlocks = 16;

export interface WalkOptions extends SignalOptions {
  /** Links to follow below the root; 0 is the root alone. Default: no limit. */
  readonly depthMax?: number | undefined;
  /** Go on without blocks that are not to be had, instead of ending with an error. */
  readonly skipMissing?: boolean | undefined;
}

export interface WalkCidsOptions extends WalkOptions {
  /** Default true. Raw leaves have no links, so a walk that only wants CIDs need not read them. */
  readonly readRawLeaves?: boolean | undefined;
  /** Ask the source whether it has the raw leaves that are not read. */
  readonly checkPresence?: boolean | undefined;
}

/**
 * Every block of a DAG, depth first, parents before children, each once. Children of a node are read in windows.
 * Memory: 24 to 48 bytes a block, and a window of blocks for every level.
 * @throws {BlockNotFoundError | UndecodableBlockError}
 */
export function walkDag(
  source: BlockSource,
  root: CID,
  options: WalkOptions = {},
): AsyncGenerator<Block> {
  return walk(source, root, options);
}

/**
 * Every CID of a DAG in the order of `walkDag`, without reading raw leaves when `readRawLeaves` is false.
 * @throws {BlockNotFoundError | UndecodableBlockError}
 */
export async function* walkCids(
  source: BlockSource,
  root: CID,
  options: WalkCidsOptions = {},
): AsyncGenerator<CID> {
  for await (const { cid } of walk(source, root, options)) yield cid;
}

/** Children of one node on their way. `ahead` are those from `next` on that have been read. */
interface Frame {
  readonly cids: readonly CID[];
  next: number;
  ahead: Block[];
}

/** Stands for the bytes of a leaf that need not be read. */
const unread = new Uint8Array();

async function* walk(
  source: BlockSource,
  root: CID,
  options: WalkCidsOptions,
): AsyncGenerator<Block> {
  const seen = options.depthMax === undefined ? new SeenOnce() : new SeenAtDepth();
  const open: Frame[] = [{ cids: [root], next: 0, ahead: [] }];
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    const depth = open.length - 1;
    const visit = await take(frame, { source, seen, depth, options });
    if (visit === undefined) {
      open.pop();
      continue;
    }
    const { cid, bytes } = visit;
    const isNew = seen.add(cid, depth);
    if (isNew) yield visit;
    const isLast = hasNoLinks(cid) || depth === options.depthMax;
    if (!isLast) open.push({ cids: linksOf(cid, bytes), next: 0, ahead: [] });
  }
}

interface Surroundings {
  readonly source: BlockSource;
  readonly seen: Seen;
  readonly depth: number;
  readonly options: WalkCidsOptions;
}

/** The next child that is to be visited; undefined at the end. */
async function take(frame: Frame, around: Surroundings): Promise<Block | undefined> {
  const { seen, depth, options } = around;
  for (;;) {
    const visit = frame.ahead.shift();
    // a child that was read ahead may have been met below an elder sibling since
    if (visit !== undefined && seen.isWanted(visit.cid, depth)) return visit;
    if (visit !== undefined) continue;
    if (frame.next >= frame.cids.length) return undefined;
    options.signal?.throwIfAborted();
    frame.ahead = await load(takeWindow(frame, around), around);
  }
}

function takeWindow(frame: Frame, { seen, depth }: Surroundings): readonly CID[] {
  const wanted: CID[] = [];
  while (frame.next < frame.cids.length && wanted.length < windowBlocks) {
    const cid = frame.cids[frame.next];
    frame.next += 1;
    // the same again and again is what a file of zeros has
    if (cid === undefined || wanted.at(-1)?.equals(cid) === true) continue;
    if (seen.isWanted(cid, depth)) wanted.push(cid);
  }
  return wanted;
}

async function load(wanted: readonly CID[], around: Surroundings): Promise<Block[]> {
  const isRead = (cid: CID): boolean => around.options.readRawLeaves !== false || !hasNoLinks(cid);
  const blocks = await read(wanted.filter(isRead), around);
  let next = 0;
  const visits = wanted.map((cid) => (isRead(cid) ? blocks[next++] : { cid, bytes: unread }));
  if (around.options.checkPresence !== true) return visits.filter(isDefined);
  return (await Promise.all(visits.map((visit) => checkPresence(visit, around)))).filter(isDefined);
}

/** As many visits as CIDs; undefined for a block that is missing and may be. */
async function read(
  cids: readonly CID[],
  { source, options }: Surroundings,
): Promise<readonly (Block | undefined)[]> {
  const { signal } = options;
  try {
    const blocks = await getBlocks(source, cids, { signal });
    return cids.map((cid, index) => ({ cid, bytes: blocks[index] ?? unread }));
  } catch (cause) {
    if (!isSkipped(cause, options)) throw cause;
  }
  const found: (Block | undefined)[] = [];
  for (const cid of cids) {
    const bytes = await getBlock(source, cid, { signal }).catch((cause: unknown) => {
      if (!isSkipped(cause, options)) throw cause;
      return undefined;
    });
    found.push(bytes && { cid, bytes });
  }
  return found;
}

async function checkPresence(
  visit: Block | undefined,
  { source, options }: Surroundings,
): Promise<Block | undefined> {
  if (visit?.bytes !== unread) return visit;
  if (visit.cid.multihash.code === multihash.identity || (await source.has(visit.cid)))
    return visit;
  if (options.skipMissing === true) return undefined;
  throw new BlockNotFoundError(visit.cid.toString());
}

function isSkipped(cause: unknown, options: WalkOptions): boolean {
  return options.skipMissing === true && cause instanceof BlockNotFoundError;
}

function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined;
}
