import { withWellKnownBlocks } from "#dag";
import { abortReason } from "#lib";
import { BlockNotFoundError, type BlockSource, type CID, type SignalOptions } from "#model";
import type { BlockStore } from "#storage";

import { ReadAhead } from "./fetch/read-ahead.ts";
import { type ReadDeps, SharedSession } from "./fetch/shared-session.ts";

/** Blocks of the store alone. */
export function createLocalSource(blocks: BlockStore): BlockSource {
  return withWellKnownBlocks({
    get: async (cid, options) => (await blocks.read(cid, options)) ?? missing(cid),
    getBatch: async (cids, options) => {
      const found = await blocks.readBatch(cids, options);
      return found.map((bytes, index) => bytes ?? missing(cids[index]));
    },
    has: (cid) => blocks.has(cid),
    peek: (cid) => blocks.peek?.(cid),
  });
}

/**
 * Blocks of the store, and what is missing from other nodes: all that is missing of a batch at once, and what a reader
 * expects ahead of its asking. What was fetched is stored, but nothing keeps it from a collection.
 */
export function openFetchingSource(
  deps: ReadDeps,
): AsyncDisposable & { readonly source: BlockSource } {
  const reader = new FetchingReader(deps);
  return {
    source: withWellKnownBlocks(reader),
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

class FetchingReader implements BlockSource, AsyncDisposable {
  readonly #deps: ReadDeps;
  readonly #session: SharedSession;
  readonly #ahead: ReadAhead;

  constructor(deps: ReadDeps) {
    this.#deps = deps;
    this.#session = new SharedSession(deps, () => this.#ahead.sweep());
    this.#ahead = new ReadAhead({
      ...deps,
      fetch: (cid, signal) =>
        this.#session.fetch(cid, { signal, arrivals: deps.arrivals.count - 1 }),
    });
  }

  async get(cid: CID, options: SignalOptions = {}): Promise<Uint8Array> {
    const ahead = this.#ahead.take(cid);
    if (ahead !== undefined) return this.#orFetch(cid, ahead, options);
    const arrivals = this.#deps.arrivals.count;
    const bytes = await this.#deps.blocks.read(cid, options);
    this.#ahead.noteAnswer(bytes === undefined);
    return bytes ?? this.#session.fetch(cid, { ...options, arrivals });
  }

  async getBatch(
    cids: readonly CID[],
    options: SignalOptions = {},
  ): Promise<readonly Uint8Array[]> {
    const ahead = cids.map((cid) => this.#ahead.take(cid));
    const arrivals = this.#deps.arrivals.count;
    const asked = cids.filter((_, index) => ahead[index] === undefined);
    const found = asked.length === 0 ? [] : await this.#deps.blocks.readBatch(asked, options);
    let next = 0;
    const blocks = cids.map((cid, index): Promise<Uint8Array> => {
      const coming = ahead[index];
      if (coming !== undefined) return this.#orFetch(cid, coming, options);
      const bytes = found[next++];
      this.#ahead.noteAnswer(bytes === undefined);
      if (bytes !== undefined) return Promise.resolve(bytes);
      return this.#session.fetch(cid, { ...options, arrivals });
    });
    return Promise.all(blocks);
  }

  has(cid: CID): Promise<boolean> {
    return this.#deps.blocks.has(cid);
  }

  peek(cid: CID): Uint8Array | undefined {
    return this.#deps.blocks.peek?.(cid);
  }

  expect(cids: readonly CID[], { signal }: SignalOptions): void {
    if (signal !== undefined) this.#ahead.expect(cids, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ahead.clear();
    await this.#session[Symbol.asyncDispose]();
  }

  /** A block that another reader, or the same one, fetched ahead; that one may have gone since. */
  async #orFetch(
    cid: CID,
    ahead: Promise<Uint8Array | undefined>,
    options: SignalOptions,
  ): Promise<Uint8Array> {
    this.#ahead.noteAnswer(true);
    const bytes = await orAborted(ahead, options.signal);
    return bytes ?? this.get(cid, options);
  }
}

/** The promise's value, unless the signal is aborted before. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortReason(signal));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort))
      .catch(() => undefined);
  });
}

function missing(cid: CID | undefined): never {
  throw new BlockNotFoundError(String(cid), true);
}
