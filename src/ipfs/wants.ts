import { abortReason, asError } from "#lib";
import type { CID, SignalOptions } from "#model";

import type { Fetcher } from "./ports.ts";

/**
 * Blocks that somebody waits for. Until there is a network, a wanted block can only arrive by an add or an import
 * on this machine, so a want ends by that, or by its signal: as a Kubo without peers behaves.
 */
export class Wants implements Fetcher {
  readonly #waiting = new Map<string, Set<(bytes: Uint8Array) => void>>();
  readonly #read: (cid: CID) => Promise<Uint8Array | undefined>;

  /** `read` looks into the store, for a block that came between the caller's look and the want. */
  constructor(read: (cid: CID) => Promise<Uint8Array | undefined>) {
    this.#read = read;
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
      const onFound = (bytes: Uint8Array | undefined): void => {
        if (bytes !== undefined) onBlock(bytes);
      };
      this.#read(cid).then(onFound, (cause: unknown) => {
        settle();
        reject(asError(cause));
      });
    });
  }

  /**
   * Tells those who wait for the block that it is here. Costs nothing while nobody waits. The bytes are copied: they
   * may be lent memory, which changes when the block is written.
   */
  arrived(cid: CID, bytes: Uint8Array): void {
    if (this.#waiting.size === 0) return;
    for (const onBlock of this.#waiting.get(keyOf(cid)) ?? []) onBlock(bytes.slice());
  }
}

function keyOf(cid: CID): string {
  return Buffer.from(cid.multihash.bytes).toString("latin1");
}
