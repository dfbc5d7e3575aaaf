import type { Chunk } from "./chunk.ts";
import { positionOf } from "./place.ts";

interface Waiter {
  readonly target: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Group commit. At most one sync runs; it covers everything that was written in log order when it began, and whoever
 * waits meanwhile shares the next one. While blocks stream in, one is started every so many bytes.
 */
export class SyncLine {
  readonly #deps: {
    sync(segments: readonly number[]): Promise<void>;
    onDurable(position: number): void;
    onError(error: unknown): void;
  };
  readonly #limits: { readonly bytes: number; readonly blocks: number };
  readonly #unsyncedSegments = new Set<number>();
  #waiters: Waiter[] = [];
  #writtenPosition: number;
  #durablePosition: number;
  #unsyncedBytes = 0;
  #unsyncedBlocks = 0;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(
    deps: {
      sync(segments: readonly number[]): Promise<void>;
      onDurable(position: number): void;
      onError(error: unknown): void;
    },
    limits: { readonly bytes: number; readonly blocks: number },
    position: number,
  ) {
    this.#deps = deps;
    this.#limits = limits;
    this.#writtenPosition = position;
    this.#durablePosition = position;
  }

  get durablePosition(): number {
    return this.#durablePosition;
  }

  get writtenPosition(): number {
    return this.#writtenPosition;
  }

  get unsyncedBytes(): number {
    return this.#unsyncedBytes;
  }

  written(chunk: Chunk): void {
    this.#unsyncedSegments.add(chunk.segment);
    this.#writtenPosition = positionOf(chunk.segment, chunk.end);
    this.#unsyncedBytes += chunk.sizeBytes;
    this.#unsyncedBlocks += chunk.blocks;
    this.#pump();
  }

  /** Resolves when the log is durable up to the position. */
  wait(target: number): Promise<void> {
    if (target <= this.#durablePosition) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ target, resolve, reject });
      this.#pump();
    });
  }

  /** Starts no more syncs and waits for the one that runs. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  /** The log was cut at the position: who waits for more fails. */
  lose(position: number, error: Error): void {
    const lost = this.#waiters.filter(({ target }) => target > position);
    this.#waiters = this.#waiters.filter(({ target }) => target <= position);
    for (const waiter of lost) waiter.reject(error);
  }

  /** Goes on behind the position. */
  resume(position: number): void {
    this.#writtenPosition = position;
    this.#isStopped = false;
    this.#pump();
  }

  #pump(): void {
    if (this.#isStopped || this.#running !== undefined) return;
    const isDue =
      this.#unsyncedBytes >= this.#limits.bytes || this.#unsyncedBlocks >= this.#limits.blocks;
    if (isDue || this.#waiters.some(({ target }) => target <= this.#writtenPosition)) {
      this.#running = this.#run();
    }
  }

  async #run(): Promise<void> {
    const target = this.#writtenPosition;
    const segments = [...this.#unsyncedSegments];
    this.#unsyncedSegments.clear();
    this.#unsyncedBytes = 0;
    this.#unsyncedBlocks = 0;
    try {
      await this.#deps.sync(segments);
      this.#durablePosition = target;
      const served = this.#waiters.filter((waiter) => waiter.target <= target);
      this.#waiters = this.#waiters.filter((waiter) => waiter.target > target);
      this.#deps.onDurable(target);
      for (const waiter of served) waiter.resolve();
    } catch (error) {
      this.#isStopped = true;
      for (const segment of segments) this.#unsyncedSegments.add(segment);
      this.#deps.onError(error);
    }
    this.#running = undefined;
    this.#pump();
  }
}
