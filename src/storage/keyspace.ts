import type { LevelDb } from "./database.ts";
import { keyspaces } from "./keyspaces.ts";
import type { Keyspace, KeyspaceName, KeyspaceRange } from "./ports.ts";
import type { WriteQueue } from "./write-queue.ts";

/** What one page of a walk holds: so many entries, or so many bytes and one entry. */
const pageEntriesMax = 1024;
const pageBytesMax = 1024 * 1024;

export class LevelKeyspace implements Keyspace {
  readonly #level: LevelDb;
  readonly #writes: WriteQueue;
  readonly #prefix: number;

  constructor(level: LevelDb, writes: WriteQueue, name: KeyspaceName) {
    this.#level = level;
    this.#writes = writes;
    this.#prefix = keyspaces[name].prefix;
  }

  // LevelDB answers from memory or the system's cache, for most keys that are not there from a filter: going to another
  // thread and back would take longer
  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#level.getSync(this.#full(key));
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return keys.map((key) => this.#level.getSync(this.#full(key)));
  }

  put(key: Uint8Array, value: Uint8Array, options?: { readonly sync?: boolean }): Promise<void> {
    return this.#writes.write([[this.#full(key), value]], { sync: options?.sync ?? true });
  }

  delete(key: Uint8Array, options?: { readonly sync?: boolean }): Promise<void> {
    return this.#writes.write([[this.#full(key), undefined]], { sync: options?.sync ?? true });
  }

  batch(
    changes: readonly (readonly [key: Uint8Array, value: Uint8Array | undefined])[],
    options?: { readonly sync?: boolean },
  ): Promise<void> {
    const full = changes.map(([key, value]) => [this.#full(key), value] as const);
    return this.#writes.write(full, { sync: options?.sync ?? true });
  }

  async *entries(
    range: KeyspaceRange = {},
  ): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    for await (const page of this.pages(range)) yield* page;
  }

  async *pages(
    range: KeyspaceRange = {},
  ): AsyncGenerator<readonly (readonly [key: Uint8Array, value: Uint8Array])[]> {
    const lt = range.lt === undefined ? Uint8Array.of(this.#prefix + 1) : this.#full(range.lt);
    let from: { gt: Uint8Array } | { gte: Uint8Array } =
      range.gt === undefined
        ? { gte: this.#full(range.gte ?? new Uint8Array()) }
        : { gt: this.#full(range.gt) };
    for (;;) {
      const page = await this.#read({ ...from, lt });
      const last = page.at(-1);
      if (last === undefined) return;
      from = { gt: last[0] };
      yield page.map(([key, value]) => [withoutPrefix(key), value] as const);
      if (page.length < pageEntriesMax && sizeOf(page) <= pageBytesMax) return;
    }
  }

  async #read(range: KeyspaceRange): Promise<readonly (readonly [Uint8Array, Uint8Array])[]> {
    await using iterator = this.#level.iterator({ ...range, highWaterMarkBytes: pageBytesMax });
    return await iterator.nextv(pageEntriesMax);
  }

  async clear(): Promise<void> {
    const gte = Uint8Array.of(this.#prefix);
    await this.#level.clear({ gte, lt: Uint8Array.of(this.#prefix + 1) });
  }

  async count(): Promise<number> {
    const lt = Uint8Array.of(this.#prefix + 1);
    let from: { gt: Uint8Array } | { gte: Uint8Array } = { gte: Uint8Array.of(this.#prefix) };
    let count = 0;
    for (;;) {
      const page: Uint8Array[] = await this.#level.keys({ ...from, lt, limit: 4096 }).all();
      count += page.length;
      const last = page.at(-1);
      if (last === undefined) return count;
      from = { gt: last };
    }
  }

  #full(key: Uint8Array): Uint8Array {
    const full = new Uint8Array(key.length + 1);
    full[0] = this.#prefix;
    full.set(key, 1);
    return full;
  }
}

function sizeOf(page: readonly (readonly [Uint8Array, Uint8Array])[]): number {
  return page.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}

/** Buffers come from LevelDB, whose own subarray takes five times as long. */
function withoutPrefix({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset + 1, length - 1);
}
