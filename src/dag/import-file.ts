import { pipe } from "it-pipe";

import { codec } from "#model";

import type { BlockMaker, Made } from "./block-maker.ts";
import { cutChunks, type Cutter } from "./chunker.ts";
import { encodeDagPb } from "./dag-pb-encode.ts";
import { layOut, type LayoutOptions } from "./layout.ts";
import { type FilePart, type LeafOptions, makeLeaves } from "./leaves.ts";
import type { UnixFsMetadata } from "./ports.ts";
import { encodeSymlinkData } from "./unixfs-encode.ts";

/**
 * Imports one file: content → chunks → leaves → layout. Yields how many bytes are done, at last the root.
 * The stages hand over batches, at least one leaf and at most 64, so that they cost nothing beside the hashing.
 */
export function importFile(
  content: AsyncIterable<Uint8Array>,
  deps: { readonly maker: BlockMaker; readonly cutter: Cutter },
  options: LeafOptions & LayoutOptions,
): AsyncIterable<number | FilePart> {
  const { maker, cutter } = deps;
  return pipe(
    content,
    (pieces) => cutChunks(pieces, cutter),
    (chunks) => makeLeaves(chunks, maker, options),
    (leaves) => layOut(leaves, maker, options),
  );
}

/** Imports a symlink. */
export async function importSymlink(
  target: string,
  maker: BlockMaker,
  metadata: UnixFsMetadata,
): Promise<Made> {
  const bytes = encodeDagPb([], encodeSymlinkData(target, metadata));
  const cid = maker.cidOf(codec.dagPb, bytes);
  const room = maker.put(cid, bytes);
  if (room !== undefined) await room;
  return { cid, tsize: bytes.length };
}
