import { importer } from "ipfs-unixfs-importer";
import { fixedSize } from "ipfs-unixfs-importer/chunker";
import { balanced, trickle } from "ipfs-unixfs-importer/layout";

import { type BlockSink, type CID, parseCid } from "#model";

export interface BuildOptions {
  readonly chunkBytes?: number | undefined;
  readonly linksMax?: number | undefined;
  readonly layout?: "balanced" | "trickle" | undefined;
  readonly leaves?: "raw" | "file" | "raw-type" | undefined;
  /** Turns every directory that is not empty into a HAMT with this many bits a level. */
  readonly shardBits?: number | undefined;
}

/** A tree to build: text or bytes are files, `link:` text is a symlink's target, objects are directories. */
export type Tree = { readonly [name: string]: Tree | string | Uint8Array };

/** Builds a DAG with the importer of js-ipfs, which is not the program's own. */
export async function buildTree(
  sink: BlockSink,
  tree: Tree,
  options: BuildOptions = {},
): Promise<CID> {
  const isEmpty = Object.keys(tree).length === 0;
  const source = isEmpty ? [{ path: "" }] : entriesOf(tree, "root");
  return build(sink, source, options);
}

export async function buildFile(
  sink: BlockSink,
  content: Uint8Array,
  options: BuildOptions = {},
): Promise<CID> {
  return build(sink, [{ content }], options);
}

type Candidate =
  { path?: string; content: Uint8Array } | { path: string; link: string } | { path: string };

function* entriesOf(tree: Tree, path: string): Generator<Candidate> {
  for (const [name, child] of Object.entries(tree)) {
    const below = `${path}/${name}`;
    if (child instanceof Uint8Array) yield { path: below, content: child };
    else if (typeof child !== "string") yield* directory(child, below);
    else if (child.startsWith("link:")) yield { path: below, link: child.slice(5) };
    else yield { path: below, content: new TextEncoder().encode(child) };
  }
}

function* directory(tree: Tree, path: string): Generator<Candidate> {
  if (Object.keys(tree).length === 0) yield { path };
  yield* entriesOf(tree, path);
}

async function build(
  sink: BlockSink,
  entries: Iterable<Candidate>,
  options: BuildOptions,
): Promise<CID> {
  const { chunkBytes = 262_144, linksMax = 174, leaves = "raw", shardBits } = options;
  const layout = options.layout === "trickle" ? trickle : balanced;
  const put = async (cid: CID, bytes: Uint8Array): Promise<CID> => {
    await sink.put(cid, bytes);
    return cid;
  };
  let root: string | undefined;
  for await (const entry of importer(
    entries,
    { put },
    {
      rawLeaves: leaves === "raw",
      leafType: leaves === "raw-type" ? "raw" : "file",
      chunker: fixedSize({ chunkSize: chunkBytes }),
      layout: layout({ maxChildrenPerNode: linksMax }),
      ...(shardBits !== undefined && { shardFanoutBits: shardBits, shardSplitThresholdBytes: 0 }),
    },
  )) {
    root = entry.cid.toString();
  }
  if (root === undefined) throw new Error("nothing was built");
  return parseCid(root);
}
