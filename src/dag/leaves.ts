import { codec } from "#model";

import type { BlockMaker, Made } from "./block-maker.ts";
import type { Chunk } from "./chunker.ts";
import type { ImportOptions, UnixFsMetadata } from "./ports.ts";
import { encodeMetadata, frameLeaf, unixFsType } from "./unixfs-encode.ts";

/** A finished part of a file: a leaf or a node above leaves. */
export interface FilePart extends Made {
  /** Bytes of the file within. */
  readonly sizeBytes: number;
}

export interface LeafOptions {
  readonly rawLeaves: boolean;
  readonly layout: ImportOptions["layout"];
  /** For a leaf that is the whole file. */
  readonly metadata: UnixFsMetadata;
}

/**
 * The second stage of an import: chunks become leaf blocks. A balanced file of one leaf bears its metadata on it; a
 * trickle file always has a node above its leaves, even above none.
 */
export async function* makeLeaves(
  chunks: AsyncIterable<readonly Chunk[]>,
  maker: BlockMaker,
  options: LeafOptions,
): AsyncGenerator<readonly FilePart[]> {
  const form = createLeafFormer(maker, options);
  const codecCode = options.rawLeaves ? codec.raw : codec.dagPb;
  for await (const batch of chunks) {
    const leaves: FilePart[] = [];
    for (const chunk of batch) {
      if (chunk.sizeBytes === 0 && options.layout === "trickle") continue;
      const bytes = form(chunk);
      const cid = maker.cidOf(codecCode, bytes);
      const room = maker.put(cid, bytes);
      if (room !== undefined) await room;
      leaves.push({ cid, tsize: bytes.length, sizeBytes: chunk.sizeBytes });
    }
    yield leaves;
  }
}

function createLeafFormer(maker: BlockMaker, options: LeafOptions): (chunk: Chunk) => Uint8Array {
  const { rawLeaves, layout, metadata } = options;
  const allocate = (sizeBytes: number): Uint8Array => maker.allocate(sizeBytes);
  if (rawLeaves) return (chunk) => place(chunk, allocate(chunk.sizeBytes), 0);
  const type = layout === "trickle" ? unixFsType.raw : unixFsType.file;
  const inner = { metadata: noMetadata, allocate };
  return (chunk) => {
    const isRoot = chunk.isSole && layout === "balanced" && hasMetadata(metadata);
    const how = isRoot ? { metadata: encodeMetadata(metadata), allocate } : inner;
    const { bytes, contentAt } = frameLeaf(type, chunk.sizeBytes, how);
    return place(chunk, bytes, contentAt);
  };
}

const noMetadata = new Uint8Array();

function hasMetadata({ mode, mtime }: UnixFsMetadata): boolean {
  return mode !== undefined || mtime !== undefined;
}

function place(chunk: Chunk, out: Uint8Array, start: number): Uint8Array {
  let at = start;
  for (const piece of chunk.pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
