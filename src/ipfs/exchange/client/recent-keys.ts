import type { BlockKey } from "../codec/block-key.ts";

/** Remembers the last `max` to `2 * max` keys. */
export class RecentKeys {
  readonly #max: number;
  #young = new Set<BlockKey>();
  #old = new Set<BlockKey>();

  constructor(max: number) {
    this.#max = max;
  }

  add(key: BlockKey): void {
    this.#young.add(key);
    if (this.#young.size < this.#max) return;
    this.#old = this.#young;
    this.#young = new Set();
  }

  has(key: BlockKey): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }
}
