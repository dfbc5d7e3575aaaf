import type { BlockSource, CID, SignalOptions } from "#model";

import { DamagedDagError } from "./errors.ts";
import { listNode } from "./list-directory.ts";
import { PieceJoiner } from "./piece-joiner.ts";
import { readRange } from "./read-file.ts";
import { type TarChild, TarChildren } from "./tar-children.ts";
import { encodeTarHeader, tarBlockBytes, type TarEntry, tarPadding } from "./tar-header.ts";
import { entryPath, rootPath, SymlinkGuard } from "./tar-path.ts";
import { decodeUnixFsNode, type UnixFsNode } from "./unixfs-node.ts";
import { getBlock } from "./well-known.ts";

export interface ExportTarOptions extends SignalOptions {
  /** Of the topmost entry: one path segment. */
  readonly name: string;
  /** Milliseconds since the epoch: the time of what has none stored. */
  readonly now: number;
}

/** Directories within directories; every open one is kept. */
const depthMax = 256;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A file, directory or symlink as tar (ustar with PAX headers), in the order of the DAG, as Kubo's `get`. Modes and
 * times are those stored (mode 0 counts as none), or 0644, 0755, 0777 for a symlink, and `now`; owner 0.
 * @throws {UnsafeEntryError} for an entry that would be unpacked outside of the root or through a symlink
 * @throws {NotUnixFsError | UndecodableBlockError | DamagedDagError | BlockNotFoundError}
 */
export async function* exportTar(
  source: BlockSource,
  cid: CID,
  options: ExportTarOptions,
): AsyncGenerator<Uint8Array> {
  const joiner = new PieceJoiner();
  try {
    for await (const piece of entries(source, cid, options)) {
      for (const ready of joiner.add(piece)) yield ready;
    }
  } catch (cause) {
    for (const ready of joiner.rest()) yield ready;
    throw cause;
  }
  for (const ready of joiner.add(new Uint8Array(2 * tarBlockBytes))) yield ready;
  for (const ready of joiner.rest()) yield ready;
}

interface OpenDirectory {
  readonly path: string;
  readonly children: TarChildren;
}

async function* entries(
  source: BlockSource,
  cid: CID,
  options: ExportTarOptions,
): AsyncGenerator<Uint8Array> {
  const symlinks = new SymlinkGuard();
  const open: OpenDirectory[] = [];
  const root = { name: rootPath(options.name), cid, bytes: await getBlock(source, cid, options) };
  for (let child: TarChild | undefined = root; child !== undefined;) {
    const node = decodeUnixFsNode(child.cid, child.bytes);
    const parent = open.at(-1);
    const path = parent === undefined ? child.name : entryPath(parent.path, child.name);
    symlinks.check(path);
    if (node.type === "symlink") symlinks.add(path);
    yield encodeTarHeader(tarEntry(node, path, options.now));
    if (node.type === "file") yield* content(source, child, options);
    if (node.type === "directory" || node.type === "shard") {
      if (open.length === depthMax) throw new DamagedDagError(node.cid, "nested too deeply");
      parent?.children.shrink();
      const listed = listNode(source, node, options);
      open.push({ path, children: new TarChildren(source, listed, options) });
    }
    child = await nextChild(open);
  }
}

async function nextChild(open: OpenDirectory[]): Promise<TarChild | undefined> {
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const child = await directory.children.next();
    if (child !== undefined) return child;
    open.pop();
  }
  return undefined;
}

async function* content(
  source: BlockSource,
  child: TarChild,
  options: SignalOptions,
): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const piece of readRange({ source, root: child }, options)) {
    sizeBytes += piece.length;
    yield piece;
  }
  yield tarPadding(sizeBytes);
}

function tarEntry(node: UnixFsNode, path: string, now: number): TarEntry {
  const mtime = node.mtime ?? { seconds: Math.floor(now / 1000), nanoseconds: 0 };
  const mode = node.mode === 0 ? undefined : node.mode;
  switch (node.type) {
    case "file":
      return { path, type: "file", sizeBytes: node.sizeBytes, mode: mode ?? 0o644, mtime };
    case "symlink": {
      const target = utf8.decode(node.target);
      return { path, type: "symlink", sizeBytes: 0, mode: mode ?? 0o777, mtime, target };
    }
    case "directory":
    case "shard":
      break;
  }
  return { path, type: "directory", sizeBytes: 0, mode: mode ?? 0o755, mtime };
}
