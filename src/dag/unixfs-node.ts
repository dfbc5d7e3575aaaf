import { messageOf } from "#lib";
import { type BlockSource, type CID, codec, type SignalOptions } from "#model";

import { decodeDagPb, type PbNode } from "./dag-pb-decode.ts";
import { DamagedDagError, NotUnixFsError } from "./errors.ts";
import type { UnixFsMetadata } from "./ports.ts";
import { decodeUnixFs, type UnixFsData } from "./unixfs-decode.ts";
import { getBlock } from "./well-known.ts";

/** A block as UnixFS sees it. */
export type UnixFsNode = UnixFsFile | UnixFsDirectory | UnixFsShard | UnixFsSymlink;

interface Base extends UnixFsMetadata {
  readonly cid: CID;
}

/** A file, or a part of one: its own content comes before that of its children. */
export interface UnixFsFile extends Base {
  readonly type: "file";
  /** Of the whole below, as the block says. */
  readonly sizeBytes: number;
  readonly content: Uint8Array;
  /** Undefined for a raw block. */
  readonly node: PbNode | undefined;
  /** How many bytes of the file each link brings; as many as there are links. */
  readonly childSizes: readonly number[];
}

export interface UnixFsDirectory extends Base {
  readonly type: "directory";
  readonly node: PbNode;
}

/** A directory that is a HAMT, or an inner part of one. */
export interface UnixFsShard extends Base {
  readonly type: "shard";
  readonly node: PbNode;
  readonly fanout: number;
}

export interface UnixFsSymlink extends Base {
  readonly type: "symlink";
  readonly target: Uint8Array;
}

/** @throws {NotUnixFsError | UndecodableBlockError | DamagedDagError | BlockNotFoundError} */
export async function loadUnixFs(
  source: BlockSource,
  cid: CID,
  options?: SignalOptions,
): Promise<UnixFsNode> {
  return decodeUnixFsNode(cid, await getBlock(source, cid, options));
}

/** @throws {NotUnixFsError | UndecodableBlockError | DamagedDagError} */
export function decodeUnixFsNode(cid: CID, bytes: Uint8Array): UnixFsNode {
  if (cid.code === codec.raw) return rawFile(cid, bytes);
  if (cid.code !== codec.dagPb) {
    throw new NotUnixFsError(cid, `codec 0x${cid.code.toString(16)} holds none`);
  }
  return unixFsOf(decodeDagPb(cid, bytes));
}

/** What a dag-pb node is in UnixFS. @throws {NotUnixFsError | DamagedDagError} */
export function unixFsOf(node: PbNode): UnixFsNode {
  const unixFs = messageIn(node);
  const base = { cid: node.cid, mode: unixFs.mode, mtime: unixFs.mtime };
  switch (unixFs.type) {
    case "file":
    case "raw":
      return fileOf(node, unixFs);
    case "directory":
      return { ...base, type: "directory", node };
    case "hamt-shard":
      return { ...base, type: "shard", node, fanout: fanoutOf(node.cid, unixFs) };
    case "symlink":
      return { ...base, type: "symlink", target: unixFs.data };
    case "metadata":
      break;
  }
  throw new NotUnixFsError(node.cid, "type metadata has no content");
}

function rawFile(cid: CID, bytes: Uint8Array): UnixFsFile {
  return {
    type: "file",
    cid,
    sizeBytes: bytes.length,
    content: bytes,
    node: undefined,
    childSizes: [],
  };
}

function messageIn(node: PbNode): UnixFsData {
  if (node.data === undefined) throw new NotUnixFsError(node.cid, "a dag-pb node without Data");
  try {
    return decodeUnixFs(node.data);
  } catch (cause) {
    throw new NotUnixFsError(node.cid, messageOf(cause));
  }
}

function fileOf(node: PbNode, unixFs: UnixFsData): UnixFsFile {
  const { data: content, blocksizes: childSizes } = unixFs;
  if (childSizes.length !== node.links.length) {
    const reason = `${node.links.length} links but ${childSizes.length} sizes`;
    throw new DamagedDagError(node.cid, reason);
  }
  let sizeBytes = content.length;
  for (const size of childSizes) sizeBytes += size;
  if (unixFs.filesize !== undefined && unixFs.filesize !== sizeBytes) {
    const reason = `a file size of ${unixFs.filesize} but parts of ${sizeBytes} bytes`;
    throw new DamagedDagError(node.cid, reason);
  }
  const { mode, mtime } = unixFs;
  return { type: "file", cid: node.cid, mode, mtime, sizeBytes, content, node, childSizes };
}

/** murmur3-x64-64, the only hash of HAMT directories. */
const murmur3Code = 0x22;
const fanoutMax = 1024;

function fanoutOf(cid: CID, unixFs: UnixFsData): number {
  const { fanout = 0, hashType } = unixFs;
  if (hashType !== murmur3Code) {
    throw new DamagedDagError(cid, `a shard with hash function ${hashType ?? "none"}`);
  }
  const isPowerOfTwo = (fanout & (fanout - 1)) === 0;
  if (fanout < 2 || fanout > fanoutMax || !isPowerOfTwo) {
    throw new DamagedDagError(cid, `a shard with fanout ${fanout}`);
  }
  return fanout;
}
