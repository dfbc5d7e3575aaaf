import type { Logger } from "#lib";

import type { BlockKey } from "../block-key.ts";
import { Serial } from "../serial.ts";
import type { HotBlocks } from "./hot-blocks.ts";
import { type CurrentIndex, IndexDraft, writeDraft } from "./index-draft.ts";
import type { IndexTable } from "./index-table.ts";
import type { Marks } from "./marks.ts";
import type { PendingBlocks } from "./pending-blocks.ts";
import type { Place } from "./place.ts";
import { startPositionOf } from "./section.ts";
import { emptyStat, type SegmentStat } from "./segment-stats.ts";

/** Blocks in one batch of the index. */
const batchBlocksMax = 8192;

export interface RemoveResult {
  readonly removed: readonly BlockKey[];
  /** Not removed, since a newer section of it waits to be indexed. */
  readonly waiting: readonly BlockKey[];
}

/**
 * Which blocks are stored, and where. Sections come in through `PendingBlocks` and go to LevelDB in batches, always
 * after they are durable, in log order, and each batch synced before the next: so the index never knows more than the
 * log holds, and what it knows has no gaps, whatever a power cut leaves. All changes go one after the other.
 */
export class BlockIndex {
  readonly #deps: {
    readonly table: IndexTable;
    readonly marks: Marks;
    readonly pending: PendingBlocks;
    readonly hot: HotBlocks;
    readonly logger: Logger;
  };
  readonly #limits: { readonly blocks: number; readonly bytes: number };
  readonly #changes = new Serial();
  readonly #stats: Map<number, SegmentStat>;
  /** Being removed: absent for readers and writers, so that a block put again now is stored again. */
  readonly #doomed = new Set<BlockKey>();
  #durablePosition: number;
  #indexedPosition: number;
  #isCommitting = false;

  constructor(
    deps: {
      readonly table: IndexTable;
      readonly marks: Marks;
      readonly pending: PendingBlocks;
      readonly hot: HotBlocks;
      readonly logger: Logger;
    },
    start: { readonly stats: Map<number, SegmentStat>; readonly position: number },
    limits: { readonly blocks: number; readonly bytes: number },
  ) {
    this.#deps = deps;
    this.#limits = limits;
    this.#stats = start.stats;
    this.#durablePosition = start.position;
    this.#indexedPosition = start.position;
  }

  /** Everything before it is in the index. */
  get indexedPosition(): number {
    return this.#indexedPosition;
  }

  /** Segments that the index knows, with what lives in them. */
  get stats(): ReadonlyMap<number, SegmentStat> {
    return this.#stats;
  }

  statOf(segment: number): SegmentStat {
    return this.#stats.get(segment) ?? emptyStat;
  }

  /** Where an indexed block is. Those that wait to be indexed are in `PendingBlocks`. */
  find(multihash: Uint8Array, key: BlockKey): Place | undefined {
    if (this.#doomed.size > 0 && this.#doomed.has(key)) return undefined;
    return this.#deps.table.find(multihash);
  }

  isBeingRemoved(key: BlockKey): boolean {
    return this.#doomed.has(key);
  }

  findKey(key: BlockKey): Place | undefined {
    return this.#doomed.has(key) ? undefined : this.#deps.table.findKey(key);
  }

  /** Indexed blocks in key order. What changes meanwhile may be missed. */
  async *pages(): AsyncGenerator<readonly (readonly [BlockKey, Place])[]> {
    yield* this.#deps.table.pages();
  }

  /** Tells that the log is durable up to the position. Enough of it is indexed in the background. */
  noteDurable(position: number): void {
    this.#durablePosition = position;
    const isDue =
      this.#deps.pending.size >= this.#limits.blocks ||
      this.#deps.pending.sizeBytes >= this.#limits.bytes;
    if (!isDue || this.#isCommitting) return;
    this.#isCommitting = true;
    void this.commit().catch((error: unknown) => {
      this.#deps.logger.error("cannot write the index of the blocks", { error });
    });
  }

  /** Indexes all that is durable. */
  commit(): Promise<void> {
    return this.#changes.run(async () => {
      this.#isCommitting = true;
      try {
        while (await this.#commitBatch());
      } finally {
        this.#isCommitting = false;
      }
    });
  }

  /**
   * Removes blocks that `mayRemove` does not deny at the very moment of the decision; durable when it resolves.
   * Writers that put one of them meanwhile store it again.
   */
  remove(
    keys: readonly BlockKey[],
    mayRemove: (key: BlockKey, position: number) => boolean,
  ): Promise<RemoveResult> {
    return this.#changes.run(async () => {
      const draft = new IndexDraft(this.#current());
      const removed: BlockKey[] = [];
      const waiting: BlockKey[] = [];
      for (const key of new Set(keys)) {
        const place = this.#deps.table.findKey(key);
        if (this.#deps.pending.isWaiting(key)) waiting.push(key);
        else if (place !== undefined && mayRemove(key, startPositionOf(place))) {
          draft.remove(key, place);
          removed.push(key);
        }
      }
      await this.#writeRemoval(draft, removed);
      return { removed, waiting };
    });
  }

  /** Forgets a segment whose file is gone. */
  dropSegment(segment: number): Promise<void> {
    return this.#changes.run(async () => {
      await this.#deps.table.write({ places: [], stats: [[segment, undefined]] });
      this.#stats.delete(segment);
    });
  }

  idle(): Promise<void> {
    return this.#changes.idle();
  }

  async #commitBatch(): Promise<boolean> {
    const blocks = this.#deps.pending.durable(this.#durablePosition, batchBlocksMax);
    if (blocks.length === 0) return false;
    const draft = new IndexDraft(this.#current());
    for (const block of blocks) draft.addBlock(block);
    await this.#write(draft);
    this.#deps.pending.settle(blocks);
    this.#indexedPosition = draft.position ?? this.#indexedPosition;
    return true;
  }

  async #writeRemoval(draft: IndexDraft, removed: readonly BlockKey[]): Promise<void> {
    if (removed.length === 0) return;
    for (const key of removed) {
      this.#doomed.add(key);
      this.#deps.hot.forget(key);
    }
    try {
      await this.#write(draft);
    } finally {
      for (const key of removed) this.#doomed.delete(key);
    }
  }

  #write(draft: IndexDraft): Promise<void> {
    return writeDraft(this.#deps, draft, this.#stats);
  }

  #current(): CurrentIndex {
    return {
      find: (key) => this.#deps.table.findKey(key),
      statOf: (segment) => this.statOf(segment),
    };
  }
}
