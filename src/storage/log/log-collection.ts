import type { CID, SignalOptions } from "#model";

import type { Collection } from "../ports.ts";
import { rawCidOf } from "../raw-cid.ts";
import type { BlockIndex } from "./block-index.ts";
import { type BlockKey, multihashOf } from "./block-key.ts";
import { type CollectionLease, isKept } from "./leases.ts";
import { positionAt } from "./place.ts";

/** Blocks removed by one batch: one sync of each segment's marks and one of the index. */
const batchBlocksMax = 1000;

/** A collection in progress; see `Leases` for what it leaves. */
export class LogCollection implements Collection {
  readonly #index: BlockIndex;
  readonly #lease: CollectionLease;
  readonly #onEnd: () => void;
  #isEnded = false;

  constructor(index: BlockIndex, lease: CollectionLease, onEnd: () => void) {
    this.#index = index;
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
    for await (const page of this.#index.pages()) {
      options.signal?.throwIfAborted();
      for (const [key, place] of page) if (mayRemove(key, positionAt(place))) candidates.push(key);
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
    if (keys.length === 0) return;
    const { removed } = await this.#index.remove(keys, mayRemove);
    for (const { key } of removed) yield rawCidOf(multihashOf(key));
  }
}
