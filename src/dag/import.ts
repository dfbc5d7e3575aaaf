// Our own importer, not ipfs-unixfs-importer: that one differs from Kubo in CIDs (metadata of one-block files, mode 0755
// and 0644, metadata on inner nodes, directories of directories, hash functions, inlining, buzhash) and is slow with
// pieces of socket size. Tests compare the two where both agree.

import { createTurn, type Turn } from "#lib";
import type { BlockSink } from "#model";

import { type BlockMaker, createBlockMaker, type Made } from "./block-maker.ts";
import { createCutters, type Cutter } from "./chunker.ts";
import { buildDirectory, type BuiltDirectory, type DirectoryLimits } from "./directory-build.ts";
import { importFile, importSymlink } from "./import-file.ts";
import { ImportTree, isBelow, metadataOf } from "./import-tree.ts";
import type { FilePart } from "./leaves.ts";
import { parseChunker } from "./parse-chunker.ts";
import type { ImportEntry, ImportEvent, ImportOptions } from "./ports.ts";

/** Progress is told so often within a file, as Kubo does. */
const progressBytes = 256 * 1024;

type Leaf = Exclude<ImportEntry, { readonly type: "directory" }>;

interface Deps {
  readonly maker: BlockMaker;
  readonly createCutter: () => Cutter;
}

/**
 * Imports files, symlinks and directories; the CIDs are those of Kubo 0.43's `add` (spec sections 5.1 and 6).
 *
 * Events come in Kubo's order: files as they are met, with their progress before them; when a topmost directory ends,
 * the directories in it, children before parents, in the order of the links. An entry below a file is passed over. Without
 * `wrapWithDirectory`, a topmost directory ends with the first entry that is not below it; the same name later is another
 * root. Memory: a name, a CID and a size per entry of the topmost directory, plus per file its depth × links.
 *
 * Await the sink's durability and pin the roots afterwards: events promise nothing.
 * @throws {DuplicateEntryError} after the events of what was good.
 * @throws {ParentIsFileError} | {BlockTooLargeError} | {ImportOptionError} | {UnusableHashError}
 */
export async function* importEntries(
  entries: AsyncIterable<ImportEntry>,
  sink: BlockSink,
  options: ImportOptions & { readonly turn?: Turn | undefined },
): AsyncGenerator<ImportEvent> {
  const maker = createBlockMaker({ sink, turn: options.turn ?? createTurn() }, options);
  const deps = { maker, createCutter: createCutters(parseChunker(options.chunker)) };
  let tree = options.wrapWithDirectory
    ? new ImportTree("", options, metadataOf({}, options))
    : undefined;
  let latestLeaf: string | undefined;
  for await (const entry of entries) {
    if (latestLeaf !== undefined && isBelow(entry.path, latestLeaf)) {
      await passOver(entry);
      continue;
    }
    latestLeaf = entry.type === "directory" ? undefined : entry.path;
    if (tree !== undefined && !tree.holds(entry.path)) {
      yield* finishTree(tree, maker, options);
      tree = undefined;
    }
    tree ??= openTree(entry, options);
    if (tree?.path !== entry.path) tree?.enter(entry);
    if (entry.type === "directory") continue;
    const made = yield* importLeaf(entry, deps, options);
    const path = entry.path === "" ? made.cid.toString() : entry.path;
    tree?.add(path, made);
    yield nodeEvent(path, made, { isDirectory: false, isRoot: tree === undefined });
  }
  if (tree !== undefined) yield* finishTree(tree, maker, options);
}

/** The directory that a topmost entry opens; none when it is a lone file or symlink. */
function openTree(entry: ImportEntry, options: ImportOptions): ImportTree | undefined {
  const slash = entry.path.indexOf("/");
  if (slash >= 0)
    return new ImportTree(entry.path.slice(0, slash), options, metadataOf({}, options));
  if (entry.type !== "directory") return undefined;
  return new ImportTree(entry.path, options, metadataOf(entry, options));
}

async function* importLeaf(
  entry: Leaf,
  { maker, createCutter }: Deps,
  options: ImportOptions,
): AsyncGenerator<ImportEvent, Made> {
  const metadata = metadataOf(entry, options);
  const { path } = entry;
  if (entry.type === "symlink") return importSymlink(entry.target, maker, metadata);
  const { rawLeaves, layout, fileLinksMax } = options;
  const run = importFile(
    entry.content,
    { maker, cutter: createCutter() },
    { rawLeaves, layout, fileLinksMax, metadata },
  );
  let toldBytes = 0;
  let root: FilePart | undefined;
  for await (const step of run) {
    if (typeof step !== "number") root = step;
    else if (options.progress) {
      for (; step - toldBytes >= progressBytes;) {
        toldBytes += progressBytes;
        yield { type: "progress", path, bytes: toldBytes };
      }
    }
  }
  if (root === undefined) throw new Error("a layout ended without a root");
  if (options.progress) yield { type: "progress", path, bytes: root.sizeBytes };
  return root;
}

async function* finishTree(
  tree: ImportTree,
  maker: BlockMaker,
  options: ImportOptions,
): AsyncGenerator<ImportEvent> {
  const below: DirectoryLimits = {
    linksMax: options.directoryLinksMax,
    fanout: options.hamtFanout,
    thresholdBytes: options.hamtThresholdBytes,
    estimation: options.hamtEstimation,
  };
  const own = {
    ...below,
    linksMax: options.topmostDirectoryLinksMax,
    fanout: options.topmostHamtFanout,
  };
  const root = await buildDirectory(tree.root, maker, { own, below });
  yield* directoryEvents(tree.path, root);
  yield nodeEvent(tree.path, root, { isDirectory: true, isRoot: true });
}

function* directoryEvents(path: string, directory: BuiltDirectory): Generator<ImportEvent> {
  for (const [name, child] of directory.children) {
    const childPath = path === "" ? name : `${path}/${name}`;
    yield* directoryEvents(childPath, child);
    yield nodeEvent(childPath, child, { isDirectory: true, isRoot: false });
  }
}

function nodeEvent(
  path: string,
  { cid, tsize }: Made,
  what: { readonly isDirectory: boolean; readonly isRoot: boolean },
): ImportEvent {
  return { type: "node", path, cid, size: tsize, ...what };
}

async function passOver(entry: ImportEntry): Promise<void> {
  if (entry.type !== "file") return;
  const pieces = entry.content[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}
