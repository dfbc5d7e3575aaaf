import { createWriter, headerLength } from "@ipld/car/buffer-writer";

import { readAhead } from "#lib";
import type { Block, BlockSource, CID } from "#model";

import { createLinkedAbort } from "./linked-abort.ts";
import { PieceJoiner } from "./piece-joiner.ts";
import { varintSize, writeVarint } from "./varint.ts";
import { walkDag, type WalkOptions } from "./walk.ts";

/**
 * A DAG as CARv1 with one root: blocks depth first, parents before children, each once, as Kubo 0.43. Short blocks are
 * joined to pieces of up to 256 KiB, long ones are passed on without copying. When a block is missing, everything
 * before it is given out first.
 * @throws {BlockNotFoundError | UndecodableBlockError}
 */
export async function* exportCar(
  source: BlockSource,
  root: CID,
  options: WalkOptions = {},
): AsyncGenerator<Uint8Array> {
  // blocks that are read ahead for a consumer who leaves are not waited for
  using stop = createLinkedAbort(options.signal);
  const joiner = new PieceJoiner();
  let isFirst = true;
  joiner.add(carHeader([root]));
  try {
    const blocks = walkDag(source, root, { ...options, signal: stop.signal() });
    const onLeave = (): void => stop[Symbol.dispose]();
    for await (const { cid, bytes } of readAhead(blocks, { ...aheadOptions, onLeave })) {
      for (const piece of joiner.add(sectionHead(cid, bytes.length))) yield piece;
      for (const piece of joiner.add(bytes)) yield piece;
      if (!isFirst) continue;
      // whoever waits for the first byte gets it before the rest is read
      isFirst = false;
      for (const piece of joiner.rest()) yield piece;
    }
  } catch (cause) {
    for (const piece of joiner.rest()) yield piece;
    throw cause;
  }
  for (const piece of joiner.rest()) yield piece;
}

/** As much as one read from the disk brings. */
const aheadOptions = {
  weightMax: 2 * 1024 * 1024,
  weigh: ({ bytes }: Block): number => bytes.length,
} as const;

/** The header of a CARv1. */
function carHeader(roots: readonly CID[]): Uint8Array {
  const size = headerLength({ roots: [...roots] });
  return createWriter(new ArrayBuffer(size), { roots: [...roots] }).close();
}

/** What stands before a block's bytes in a CAR. */
function sectionHead(cid: CID, sizeBytes: number): Uint8Array {
  const length = cid.bytes.length + sizeBytes;
  const head = new Uint8Array(varintSize(length) + cid.bytes.length);
  head.set(cid.bytes, writeVarint(head, 0, length));
  return head;
}
