import { CidSet } from "#dag";
import { DigestSet } from "#lib";
import { BlockNotFoundError, type BlockSource, type CID, type SignalOptions } from "#model";
import type { BlockStore } from "#storage";

import type { CollectionEpoch, RootUnderWay } from "./collection-epoch.ts";
import { PinnedBlockMissingError } from "./errors.ts";
import type { FilesRoot } from "./files-root.ts";
import type { PinRecords } from "./types.ts";
import { markPresent, type Marks, markTree } from "./walk.ts";

/**
 * Mark and sweep. What writers put from the beginning on is kept by the store itself, so adds go on meanwhile: an add's
 * blocks are leased until its pin record is written. What is here of a DAG that is walked or fetched for a record is
 * marked from its root like a pinned one, and what such a walk finds while the collection runs, it leases.
 * @throws {PinnedBlockMissingError} before anything is removed
 */
export async function* collectGarbage(
  deps: {
    readonly blocks: BlockStore;
    readonly source: BlockSource;
    readonly pins: PinRecords;
    readonly files: FilesRoot;
    readonly epoch: CollectionEpoch;
  },
  options: SignalOptions = {},
): AsyncGenerator<CID> {
  const turn = await deps.epoch.begin();
  try {
    await using collection = await deps.blocks.beginCollection();
    const live = await mark(deps, turn.underWay, options);
    yield* collection.sweep((multihash) => live.has(multihash), options);
  } finally {
    turn.end();
  }
}

async function mark(
  deps: Pick<Parameters<typeof collectGarbage>[0], "blocks" | "source" | "pins" | "files">,
  underWay: readonly RootUnderWay[],
  options: SignalOptions,
): Promise<DigestSet> {
  const marks: Marks = { live: new DigestSet(), followed: new CidSet() };
  for await (const { cid, mode } of deps.pins.list()) {
    if (mode === "direct") marks.live.add(cid.multihash.bytes);
    else await markPinned(deps.source, marks, { root: cid, ...options });
  }
  await markPinned(deps.source, marks, { root: await deps.files.root(), ...options });
  // after the pins, whose blocks are required and not only taken when they are here
  for (const root of underWay) await markPresent(deps.blocks, marks, { ...root, ...options });
  return marks.live;
}

async function markPinned(
  source: BlockSource,
  marks: Marks,
  options: SignalOptions & { readonly root: CID },
): Promise<void> {
  try {
    await markTree(source, marks, options);
  } catch (cause) {
    if (!(cause instanceof BlockNotFoundError)) throw cause;
    throw new PinnedBlockMissingError(options.root.toString(), cause.cid);
  }
}
