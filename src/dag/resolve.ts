import {
  type BlockSource,
  CID,
  codec,
  type ContentPath,
  formatContentPath,
  InvalidPathError,
  type SignalOptions,
} from "#model";

import { decodeDagPb, findLink, linkCid, type PbNode } from "./dag-pb-decode.ts";
import { LinkNotFoundError, NotUnixFsError, UndecodableBlockError } from "./errors.ts";
import { findInShards } from "./hamt-read.ts";
import { type UnixFsNode, unixFsOf } from "./unixfs-node.ts";
import { childOf, decodeValue, isValueCodec } from "./values.ts";
import { getBlock } from "./well-known.ts";

/** Where a path leads. */
export interface ResolvedPath {
  /** The block at the end; it has not been read. */
  readonly cid: CID;
  /** Not empty only when the path ends inside of the block, at a value that is no link. */
  readonly remainder: readonly string[];
  /** The root and then one CID for every segment: the block in which the path up to there ends. */
  readonly roots: readonly CID[];
}

/**
 * Follows a path below a CID. UnixFS directories by name (HAMT: reading only the shards on the way), other dag-pb nodes
 * by link name, dag-cbor, dag-json, json and cbor by map key and list index. As Kubo 0.43, but every missing child is
 * a LinkNotFoundError.
 * @throws {LinkNotFoundError | UndecodableBlockError | DamagedDagError | BlockNotFoundError}
 */
export async function resolvePath(
  source: BlockSource,
  path: ContentPath,
  options: SignalOptions = {},
): Promise<ResolvedPath> {
  let cid = path.cid;
  if (cid === undefined) {
    throw new InvalidPathError(formatContentPath(path), "its name is not resolved yet");
  }
  const roots = [cid];
  let rest = path.segments;
  while (rest.length > 0) {
    options.signal?.throwIfAborted();
    const step = await follow(source, { cid, segments: rest, ...options });
    for (let used = 1; used < step.used; used += 1) roots.push(cid);
    roots.push(step.link ?? cid);
    if (step.link === undefined) return { cid, remainder: rest, roots };
    cid = step.link;
    rest = rest.slice(step.used);
  }
  return { cid, remainder: [], roots };
}

/** One block's share of a path: how many segments it takes, and the link at their end, if any. */
interface Step {
  readonly used: number;
  readonly link: CID | undefined;
}

interface Position extends SignalOptions {
  readonly cid: CID;
  readonly segments: readonly string[];
}

async function follow(source: BlockSource, at: Position): Promise<Step> {
  const { cid, segments } = at;
  const [name = ""] = segments;
  if (cid.code === codec.raw || cid.code === codec.libp2pKey) {
    throw new LinkNotFoundError(name, cid);
  }
  if (cid.code === codec.dagPb) {
    const node = decodeDagPb(cid, await getBlock(source, cid, at));
    const link = await findChild(source, { node, name, signal: at.signal });
    if (link === undefined) throw new LinkNotFoundError(name, cid);
    return { used: 1, link };
  }
  if (!isValueCodec(cid.code)) throw new UndecodableBlockError(cid, "codec is not supported");
  return followValue(at, decodeValue(cid, await getBlock(source, cid, at)));
}

async function findChild(
  source: BlockSource,
  wanted: { readonly node: PbNode; readonly name: string } & SignalOptions,
): Promise<CID | undefined> {
  const { node, name, signal } = wanted;
  const unixFs = asUnixFs(node);
  if (unixFs?.type === "file" || unixFs?.type === "symlink") return undefined;
  if (unixFs?.type === "shard") return findInShards(source, { root: unixFs, name, signal });
  const link = findLink(node, new TextEncoder().encode(name));
  return link && linkCid(node, link);
}

/** Undefined for a dag-pb node that is no UnixFS, which is followed by link names. */
function asUnixFs(node: PbNode): UnixFsNode | undefined {
  try {
    return unixFsOf(node);
  } catch (cause) {
    if (cause instanceof NotUnixFsError) return undefined;
    throw cause;
  }
}

function followValue(at: Position, root: unknown): Step {
  let value = root;
  for (const [index, segment] of at.segments.entries()) {
    const child = childOf(value, segment);
    if (child === undefined) throw new LinkNotFoundError(segment, at.cid);
    const link = CID.asCID(child.value);
    if (link !== null) return { used: index + 1, link };
    value = child.value;
  }
  return { used: at.segments.length, link: undefined };
}
