import { raceAbort } from "./deadline.ts";
import { NameNotResolvedError } from "./errors.ts";

/** Different things that are looked up at once. */
const lookupsMax = 256;

interface Lookup<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiters: number;
}

/** Callers who want the same thing at the same time share one lookup; it is given up when the last of them leaves. */
export class SharedLookups<T> {
  readonly #running = new Map<string, Lookup<T>>();

  async run(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const lookup = this.#running.get(key) ?? this.#start(key, work);
    lookup.waiters += 1;
    try {
      return await raceAbort(lookup.result, signal);
    } finally {
      lookup.waiters -= 1;
      if (lookup.waiters === 0) this.#drop(key, lookup);
    }
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Lookup<T> {
    if (this.#running.size >= lookupsMax) {
      throw new NameNotResolvedError(key, "too many names are looked up at once");
    }
    const controller = new AbortController();
    const lookup: Lookup<T> = { result: work(controller.signal), controller, waiters: 0 };
    // whoever waits gets the error
    lookup.result.catch(() => undefined);
    this.#running.set(key, lookup);
    return lookup;
  }

  #drop(key: string, lookup: Lookup<T>): void {
    if (this.#running.get(key) === lookup) this.#running.delete(key);
    lookup.controller.abort(new Error("nobody waits for the name any more"));
  }
}
