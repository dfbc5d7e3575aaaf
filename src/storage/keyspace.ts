import type { LevelDb } from "./database.ts";
import { keyspaces } from "./keyspaces.ts";
import type { Keyspace, KeyspaceName, KeyspaceRange } from "./ports.ts";

/** How many entries one page of a walk holds. */
const pageEntriesMax = 256;

export class LevelKeyspace implements Keyspace {
  readonly #level: LevelDb;
  readonly #prefix: number;

  constructor(level: LevelDb, name: KeyspaceName) {
    this.#level = level;
    this.#prefix = keyspaces[name].prefix;
  }

  get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#level.get(this.#full(key));
  }

  put(key: Uint8Array, value: Uint8Array, options?: { readonly sync?: boolean }): Promise<void> {
    return this.#level.put(this.#full(key), value, { sync: options?.sync ?? true });
  }

  delete(key: Uint8Array, options?: { readonly sync?: boolean }): Promise<void> {
    return this.#level.del(this.#full(key), { sync: options?.sync ?? true });
  }

  async batch(
    changes: readonly (readonly [key: Uint8Array, value: Uint8Array | undefined])[],
  ): Promise<void> {
    const batch = this.#level.batch();
    for (const [key, value] of changes) {
      if (value === undefined) batch.del(this.#full(key));
      else batch.put(this.#full(key), value);
    }
    await batch.write({ sync: true });
  }

  async *entries(
    range: KeyspaceRange = {},
  ): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    const lt = range.lt === undefined ? Uint8Array.of(this.#prefix + 1) : this.#full(range.lt);
    let from: { gt: Uint8Array } | { gte: Uint8Array } =
      range.gt === undefined
        ? { gte: this.#full(range.gte ?? new Uint8Array()) }
        : { gt: this.#full(range.gt) };
    for (;;) {
      const page: [Uint8Array, Uint8Array][] = await this.#level
        .iterator({ ...from, lt, limit: pageEntriesMax })
        .all();
      for (const [key, value] of page) yield [key.subarray(1), value];
      const last = page.at(-1);
      if (last === undefined || page.length < pageEntriesMax) return;
      from = { gt: last[0] };
    }
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
