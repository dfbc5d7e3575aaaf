import { abortReason, linkAborts } from "#lib";
import type { CID, SignalOptions } from "#model";

import type { FetchProgress, FetchSession } from "./exchange/types.ts";
import type { Fetcher } from "./ports.ts";

/**
 * Blocks that somebody waits for, in a node that nobody else gives any: a want ends by an add or an import on this
 * machine, or by its signal, as in a Kubo without peers.
 */
export class Wants implements Fetcher {
  readonly #waiting = new Map<string, Set<(bytes: Uint8Array) => void>>();

  openSession(): FetchSession {
    const over = new AbortController();
    const fetch = async (cid: CID, options: SignalOptions = {}): Promise<Uint8Array> => {
      using either = linkAborts(options.signal, over.signal);
      return await this.fetch(cid, { signal: either.signal });
    };
    return {
      fetch,
      store: async (cid, options = {}) => {
        const bytes = await fetch(cid, options);
        options.look?.(bytes);
        return bytes.length;
      },
      progress: () => noProgress,
      [Symbol.asyncDispose]: () => {
        over.abort(new Error("the session is closed"));
        return Promise.resolve();
      },
    };
  }

  fetch(cid: CID, options: SignalOptions = {}): Promise<Uint8Array> {
    const key = keyOf(cid);
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(abortReason(signal));
      const waiters = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiters);
      const settle = (): void => {
        signal?.removeEventListener("abort", onAbort);
        waiters.delete(onBlock);
        if (waiters.size === 0) this.#waiting.delete(key);
      };
      const onBlock = (bytes: Uint8Array): void => {
        settle();
        resolve(bytes);
      };
      const onAbort = (): void => {
        settle();
        reject(abortReason(signal));
      };
      waiters.add(onBlock);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /**
   * Tells those who wait for the block that it is here. Costs nothing while nobody waits. The bytes are copied: they
   * may be lent memory, which changes when the block is written.
   */
  arrived(cid: CID, bytes: Uint8Array): void {
    if (this.#waiting.size === 0) return;
    for (const onBlock of this.#waiting.get(keyOf(cid)) ?? []) onBlock(new Uint8Array(bytes));
  }
}

const noProgress: FetchProgress = {
  blocks: 0,
  bytes: 0,
  providers: 0,
  lastBlockAt: undefined,
  waiting: "there is no network",
};

function keyOf(cid: CID): string {
  return Buffer.from(cid.multihash.bytes).toString("latin1");
}
