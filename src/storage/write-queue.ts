import { setImmediate } from "node:timers/promises";

import type { LevelDb } from "./database.ts";

/** A change of one key; without a value it is deleted. */
export type Change = readonly [key: Uint8Array, value: Uint8Array | undefined];

/** Changes of one batch: the next begins with the call after it. */
const batchChangesMax = 10_000;

interface Batch {
  readonly changes: Change[];
  mustSync: boolean;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Group commit: changes that come while a batch is written go into the next one, all of them with one sync. Batches are
 * written one after the other, so changes of one key take place in the order of their calls. What one call brings stays
 * in one batch. It is as long as its callers let it be: each waits for its own changes.
 */
export class WriteQueue {
  readonly #level: LevelDb;
  readonly #waiting: Batch[] = [];
  #writing: Promise<void> | undefined;

  constructor(level: LevelDb) {
    this.#level = level;
  }

  /** Resolves when the changes are made, and durable unless `sync` is false. All of them are made, or none. */
  write(changes: readonly Change[], options: { readonly sync: boolean }): Promise<void> {
    const batch = this.#openBatch();
    for (const change of changes) batch.changes.push(change);
    batch.mustSync ||= options.sync;
    this.#writing ??= this.#writeAll();
    return batch.done.promise;
  }

  /** Resolves when nothing waits to be written. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  #openBatch(): Batch {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.changes.length < batchChangesMax) return last;
    const batch = { changes: [], mustSync: false, done: Promise.withResolvers<void>() };
    this.#waiting.push(batch);
    return batch;
  }

  /** Never rejects: whoever brought the changes hears of a failure. */
  async #writeAll(): Promise<void> {
    // whoever calls in the same turn of the event loop goes along
    await setImmediate();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#write(next);
        next.done.resolve();
      } catch (cause) {
        next.done.reject(cause);
      }
    }
    this.#writing = undefined;
  }

  #write({ changes, mustSync }: Batch): Promise<void> {
    const batch = this.#level.batch();
    for (const [key, value] of changes) {
      if (value === undefined) batch.del(key);
      else batch.put(key, value);
    }
    return batch.write({ sync: mustSync });
  }
}
