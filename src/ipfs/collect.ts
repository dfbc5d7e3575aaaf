import { CidSet } from "#dag";
import { DigestSet } from "#lib";
import { BlockNotFoundError, type BlockSource, type CID, type SignalOptions } from "#model";
import type { BlockStore } from "#storage";

import { PinnedBlockMissingError } from "./errors.ts";
import type { FilesRoot } from "./files-root.ts";
import type { PinRecords } from "./types.ts";
import { type Marks, markTree } from "./walk.ts";

/** Which collections ran when: odd while one runs. Collections run one after the other. */
export class CollectionEpoch {
  #value = 0;
  #last: Promise<void> = Promise.resolve();

  get value(): number {
    return this.#value;
  }

  /** Resolves when the collections that were asked for so far are over. */
  idle(): Promise<void> {
    return this.#last;
  }

  /** Waits for its turn; the collection lasts until `end` is called. */
  async begin(): Promise<{ readonly end: () => void }> {
    const before = this.#last;
    const turn = Promise.withResolvers<void>();
    this.#last = turn.promise;
    await before;
    this.#value += 1;
    return {
      end: () => {
        this.#value += 1;
        turn.resolve();
      },
    };
  }
}

/**
 * Mark and sweep. What writers put from the beginning on is kept by the store itself, so adds go on meanwhile: an add's
 * blocks are leased until its pin record is written. A pin of content that nobody leases looks again after a
 * collection that ran meanwhile (`CollectionEpoch`).
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
    const live = await markPinned(deps, options);
    yield* collection.sweep((multihash) => live.has(multihash), options);
  } finally {
    turn.end();
  }
}

async function markPinned(
  deps: Pick<Parameters<typeof collectGarbage>[0], "source" | "pins" | "files">,
  options: SignalOptions,
): Promise<DigestSet> {
  const marks: Marks = { live: new DigestSet(), followed: new CidSet() };
  for await (const { cid, mode } of deps.pins.list()) {
    if (mode === "direct") marks.live.add(cid.multihash.bytes);
    else await mark(deps.source, marks, { root: cid, ...options });
  }
  await mark(deps.source, marks, { root: await deps.files.root(), ...options });
  return marks.live;
}

async function mark(
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
