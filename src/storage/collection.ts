import type { CID, SignalOptions } from "#model";

import { type BlockKey, multihashOf } from "./block-key.ts";
import { type CollectionLease, isKept } from "./leases.ts";
import type { Collection } from "./ports.ts";
import { rawCidOf } from "./raw-cid.ts";

/** Blocks removed by one batch: one sync of each segment's marks and one of the index. */
const batchBlocksMax = 1000;

/** What a sweep walks and removes from. Positions are those that `Leases` compares. */
export interface SweptBlocks {
  pages(): AsyncIterable<readonly (readonly [BlockKey, number])[]>;
  /** Asks `mayRemove` at the very moment of the decision, and answers what it removed, durably. */
  remove(
    keys: readonly BlockKey[],
    mayRemove: (key: BlockKey, position: number) => boolean,
  ): Promise<readonly BlockKey[]>;
}

/** A collection in progress; see `Leases` for what it leaves. */
export class SweepingCollection implements Collection {
  readonly #blocks: SweptBlocks;
  readonly #lease: CollectionLease;
  readonly #onEnd: () => void;
  #isEnded = false;

  constructor(blocks: SweptBlocks, lease: CollectionLease, onEnd: () => void) {
    this.#blocks = blocks;
    this.#lease = lease;
    this.#onEnd = onEnd;
  }

  async *sweep(
    isLive: (multihash: Uint8Array) => boolean,
    options: SignalOptions = {},
  ): AsyncGenerator<CID> {
    const mayRemove = (key: BlockKey, position: number): boolean => {
      const multihash = multihashOf(key);
      return !isKept(this.#lease, multihash, position) && !isLive(multihash);
    };
    let candidates: BlockKey[] = [];
    for await (const page of this.#blocks.pages()) {
      options.signal?.throwIfAborted();
      for (const [key, position] of page) if (mayRemove(key, position)) candidates.push(key);
      if (candidates.length < batchBlocksMax) continue;
      yield* this.#remove(candidates, mayRemove);
      candidates = [];
    }
    yield* this.#remove(candidates, mayRemove);
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isEnded) this.#onEnd();
    this.#isEnded = true;
    return Promise.resolve();
  }

  async *#remove(
    keys: readonly BlockKey[],
    mayRemove: (key: BlockKey, position: number) => boolean,
  ): AsyncGenerator<CID> {
    if (keys.length === 0 || this.#isEnded) return;
    for (const key of await this.#blocks.remove(keys, mayRemove)) yield rawCidOf(multihashOf(key));
  }
}
