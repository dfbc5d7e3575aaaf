import { type Clock, type Logger, messageOf } from "#lib";
import type { BlockSink, CID, SignalOptions } from "#model";
import type { BlockStore } from "#storage";

import type { FetchSession } from "../exchange/types.ts";
import type { Arrivals } from "./arrivals.ts";
import type { FetchBounds } from "./bounds.ts";
import { LentWriter } from "./lent-writer.ts";
import type { OpenExchange } from "./types.ts";

export interface ReadDeps {
  readonly blocks: BlockStore;
  readonly exchange: OpenExchange;
  readonly arrivals: Arrivals;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bounds: FetchBounds;
}

interface OpenSession extends AsyncDisposable {
  readonly session: FetchSession;
  fetchesUnderWay: number;
  usedAt: number;
}

/**
 * The session that all readers share: it opens with the first block that is not here and closes when nothing was
 * fetched for a while. What it fetches is stored for the next reader, as long as there is room.
 */
export class SharedSession implements AsyncDisposable {
  readonly #deps: ReadDeps;
  readonly #onTick: () => void;
  #open: OpenSession | undefined;
  readonly #closing = new AbortController();
  #watching: Promise<void> = Promise.resolve();

  /** `onTick` is called now and then while the session is open, and when it closes. */
  constructor(deps: ReadDeps, onTick: () => void) {
    this.#deps = deps;
    this.#onTick = onTick;
  }

  /** `arrivals`: their count when the block was looked for in vain. */
  async fetch(
    cid: CID,
    options: SignalOptions & { readonly arrivals: number },
  ): Promise<Uint8Array> {
    const { signal, arrivals } = options;
    const exchange = await this.#deps.exchange({ signal });
    for (let seen = arrivals; seen !== this.#deps.arrivals.count;) {
      seen = this.#deps.arrivals.count;
      const bytes = await this.#deps.blocks.read(cid, { signal });
      if (bytes !== undefined) return bytes;
    }
    const open = (this.#open ??= this.#begin(exchange));
    open.fetchesUnderWay += 1;
    try {
      return await open.session.fetch(cid, { signal });
    } finally {
      open.fetchesUnderWay -= 1;
      open.usedAt = this.#deps.clock.now();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("closed"));
    await this.#watching;
  }

  #begin(exchange: Awaited<ReturnType<OpenExchange>>): OpenSession {
    this.#closing.signal.throwIfAborted();
    const sink = new CacheSink(this.#deps);
    const session = exchange.openSession({ sink });
    const open: OpenSession = {
      session,
      fetchesUnderWay: 0,
      usedAt: this.#deps.clock.now(),
      [Symbol.asyncDispose]: async () => {
        await session[Symbol.asyncDispose]();
        await sink[Symbol.asyncDispose]();
      },
    };
    this.#watching = this.#watching.then(() => this.#watch(open));
    return open;
  }

  async #watch(open: OpenSession): Promise<void> {
    const { clock, bounds } = this.#deps;
    const isIdle = (): boolean =>
      open.fetchesUnderWay === 0 && clock.now() - open.usedAt >= bounds.idleMs;
    while (!isIdle() && !this.#closing.signal.aborted) {
      // rejects only when we close
      await clock.sleep(bounds.idleMs / 2, this.#closing.signal).catch(() => undefined);
      this.#onTick();
    }
    if (this.#open === open) this.#open = undefined;
    await open[Symbol.asyncDispose]();
  }
}

/** Stores what was read. That there is no room is no reason not to read. */
class CacheSink implements BlockSink, AsyncDisposable {
  readonly #writer: LentWriter;
  readonly #logger: Logger;

  constructor({ blocks, logger, bounds }: ReadDeps) {
    this.#writer = new LentWriter(() => blocks.openWriter(), bounds.readLeaseBytes);
    this.#logger = logger;
  }

  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    if (this.#writer.failure !== undefined) return;
    try {
      await this.#writer.put(cid, bytes);
    } catch (cause) {
      this.#logger.debug("what was fetched is not stored", { reason: messageOf(cause) });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#writer[Symbol.asyncDispose]();
  }
}
