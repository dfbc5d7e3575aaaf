import type { Keyspace, KeyspaceRange } from "#storage";

/** A keyspace in a Map, in the order of its keys. `writes` counts changes; `problem`, when it is set, fails them. */
export class MemoryKeyspace implements Keyspace {
  readonly #values = new Map<string, Uint8Array>();
  writes = 0;
  problem: Error | undefined;

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#values.get(hex(key));
  }

  async getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return keys.map((key) => this.#values.get(hex(key)));
  }

  async put(key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#change();
    this.#values.set(hex(key), value.slice());
  }

  async delete(key: Uint8Array): Promise<void> {
    this.#change();
    this.#values.delete(hex(key));
  }

  async batch(
    changes: readonly (readonly [key: Uint8Array, value: Uint8Array | undefined])[],
  ): Promise<void> {
    for (const [key, value] of changes) {
      await (value === undefined ? this.delete(key) : this.put(key, value));
    }
  }

  async *entries({ gt, gte, lt }: KeyspaceRange = {}): AsyncGenerator<
    readonly [key: Uint8Array, value: Uint8Array]
  > {
    for (const key of [...this.#values.keys()].toSorted()) {
      const value = this.#values.get(key);
      const isBelow = (gte !== undefined && key < hex(gte)) || (gt !== undefined && key <= hex(gt));
      const isAbove = lt !== undefined && key >= hex(lt);
      if (value !== undefined && !isBelow && !isAbove) yield [Buffer.from(key, "hex"), value];
    }
  }

  async *pages(
    range: KeyspaceRange = {},
  ): AsyncGenerator<readonly (readonly [key: Uint8Array, value: Uint8Array])[]> {
    const all = await Array.fromAsync(this.entries(range));
    for (let at = 0; at < all.length; at += 7) yield all.slice(at, at + 7);
  }

  async count(): Promise<number> {
    return this.#values.size;
  }

  #change(): void {
    if (this.problem !== undefined) throw this.problem;
    this.writes += 1;
  }
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}
