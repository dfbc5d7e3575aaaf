import type { PinsetStore } from "#cluster";

/** A pinset in a Map: keys in the order of their bytes. `writes` counts changes; with `problem` set, they fail. */
export class MemoryPinset implements PinsetStore {
  readonly #values = new Map<string, Uint8Array>();
  writes = 0;
  problem: Error | undefined;

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#values.get(hex(key));
  }

  async put(key: Uint8Array, value: Uint8Array): Promise<void> {
    this.#change();
    this.#values.set(hex(key), value);
  }

  async delete(key: Uint8Array): Promise<void> {
    this.#change();
    this.#values.delete(hex(key));
  }

  async *entries(): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    for (const key of [...this.#values.keys()].toSorted()) {
      const value = this.#values.get(key);
      if (value !== undefined) yield [Buffer.from(key, "hex"), value];
    }
  }

  async *pages(): AsyncGenerator<readonly (readonly [key: Uint8Array, value: Uint8Array])[]> {
    const all = await Array.fromAsync(this.entries());
    for (let at = 0; at < all.length; at += 3) yield all.slice(at, at + 3);
  }

  #change(): void {
    if (this.problem !== undefined) throw this.problem;
    this.writes += 1;
  }
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}
