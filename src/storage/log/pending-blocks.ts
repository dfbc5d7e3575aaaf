import type { BlockKey } from "../block-key.ts";
import type { Chunk } from "./chunk.ts";
import { endPositionOf, type Place } from "./place.ts";
import { startPositionOf } from "./section.ts";

/**
 * Why a section was appended: "new", the index had none; "again", it may have had one, which this one replaces;
 * or compaction moved it here `from` the place that the index must still name for the move to count.
 */
export type Origin = "new" | "again" | { readonly from: Place };

/** A section that is appended but not indexed. */
export interface PendingBlock extends Place {
  readonly key: BlockKey;
  readonly origin: Origin;
  /** Where its bytes are until they are written. */
  readonly chunk: Chunk;
}

/** The end of the log that the index does not know: in log order, and by key for readers. */
export class PendingBlocks {
  readonly #byKey = new Map<BlockKey, PendingBlock>();
  /** Moved by compaction: readers still use the old place. */
  readonly #moving = new Map<BlockKey, PendingBlock>();
  #queue: PendingBlock[] = [];
  #head = 0;
  #sizeBytes = 0;

  /** Bytes of the blocks that wait. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get size(): number {
    return this.#queue.length - this.#head;
  }

  get(key: BlockKey): PendingBlock | undefined {
    return this.#byKey.get(key);
  }

  /** Whether a section of this block waits to be indexed, for whatever reason. */
  isWaiting(key: BlockKey): boolean {
    return this.#byKey.has(key) || this.#moving.has(key);
  }

  add(block: PendingBlock): void {
    this.#queue.push(block);
    this.#sizeBytes += block.length;
    this.#mapOf(block).set(block.key, block);
  }

  /** The oldest that end at or before the position. */
  durable(position: number, blocksMax: number): readonly PendingBlock[] {
    const limit = Math.min(this.#queue.length, this.#head + blocksMax);
    let end = this.#head;
    for (; end < limit; end += 1) {
      const block = this.#queue[end];
      if (block === undefined || endPositionOf(block) > position) break;
    }
    return this.#queue.slice(this.#head, end);
  }

  /** Forgets the oldest, which are indexed now. */
  settle(blocks: readonly PendingBlock[]): void {
    for (const block of blocks) this.#forget(block);
    this.#head += blocks.length;
    if (this.#head < 4096 && this.#head < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  /** Forgets what lies at or after the position: it could not be written. */
  cut(position: number): void {
    let mayHideOlder = false;
    for (let last = this.#last(); last !== undefined; last = this.#last()) {
      if (startPositionOf(last) < position) break;
      this.#queue.pop();
      this.#forget(last);
      mayHideOlder ||= last.origin === "again";
    }
    if (!mayHideOlder) return;
    for (const block of this.#queue.slice(this.#head)) this.#mapOf(block).set(block.key, block);
  }

  /** What readers find, one for each key. */
  values(): readonly PendingBlock[] {
    return [...this.#byKey.values()];
  }

  #last(): PendingBlock | undefined {
    return this.size > 0 ? this.#queue.at(-1) : undefined;
  }

  #forget(block: PendingBlock): void {
    this.#sizeBytes -= block.length;
    const map = this.#mapOf(block);
    if (map.get(block.key) === block) map.delete(block.key);
  }

  #mapOf(block: PendingBlock): Map<BlockKey, PendingBlock> {
    return typeof block.origin === "object" ? this.#moving : this.#byKey;
  }
}
