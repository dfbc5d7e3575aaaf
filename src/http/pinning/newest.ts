import { compareCreated, type Created } from "./created.ts";

interface Item {
  readonly created: Created;
}

/**
 * Keeps the newest so many of the items that come past, however many those are: a heap whose root is the oldest kept,
 * with one more than a page takes, to see where the next page begins.
 */
export class NewestItems<T extends Item> {
  readonly #limit: number;
  readonly #heap: T[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(item: T): void {
    const heap = this.#heap;
    if (heap.length <= this.#limit) {
      heap.push(item);
      this.#rise(heap.length - 1);
      return;
    }
    const [oldest] = heap;
    if (oldest === undefined || compareCreated(item.created, oldest.created) <= 0) return;
    heap[0] = item;
    this.#sink();
  }

  /**
   * The page, newest first. It ends where the time changes, so that the next one, before its last item, misses nothing: at a
   * millisecond if it can, since many clients know no more of a time, and else wherever times differ.
   */
  page(): readonly T[] {
    const sorted = this.#heap.toSorted((a, b) => compareCreated(b.created, a.created));
    const following = sorted[this.#limit]?.created;
    if (following === undefined) return sorted;
    const page = sorted.slice(0, this.#limit);
    const ofOtherMilliseconds = page.filter(({ created }) => created.ms !== following.ms);
    if (ofOtherMilliseconds.length > 0) return ofOtherMilliseconds;
    const ofOtherTimes = page.filter(({ created }) => compareCreated(created, following) !== 0);
    return ofOtherTimes.length > 0 ? ofOtherTimes : page;
  }

  #rise(start: number): void {
    for (let at = start; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#isOlder(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let oldest = at;
      if (this.#isOlder(left, oldest)) oldest = left;
      if (this.#isOlder(right, oldest)) oldest = right;
      if (oldest === at) return;
      this.#swap(at, oldest);
      at = oldest;
    }
  }

  #isOlder(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return false;
    return compareCreated(first.created, second.created) < 0;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
