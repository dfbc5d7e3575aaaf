/** Remembers the last `max` to `2 * max` keys. */
export class RecentKeys {
  readonly #max: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  add(key: string): void {
    this.#young.add(key);
    if (this.#young.size < this.#max) return;
    this.#old = this.#young;
    this.#young = new Set();
  }

  has(key: string): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }
}
