import { type Clock, LruMap } from "#lib";

import type { ResolvedName } from "./types.ts";

interface Entry {
  readonly path: string;
  readonly until: number;
}

/** Answers for names, each for its TTL; what was asked for longest ago goes first. */
export class NameCache {
  readonly #clock: Clock;
  readonly #entries: LruMap<string, Entry>;
  readonly #isOff: boolean;

  constructor(clock: Clock, entriesMax: number) {
    this.#clock = clock;
    this.#entries = new LruMap(entriesMax);
    this.#isOff = entriesMax <= 0;
  }

  /** With what is left of its TTL. */
  get(name: string): ResolvedName | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const ttlMs = entry.until - this.#clock.now();
    if (ttlMs > 0) return { path: entry.path, ttlMs };
    this.#entries.delete(name);
    return undefined;
  }

  set(name: string, { path, ttlMs }: ResolvedName): void {
    if (this.#isOff || ttlMs <= 0) this.#entries.delete(name);
    else this.#entries.set(name, { path, until: this.#clock.now() + ttlMs });
  }
}
