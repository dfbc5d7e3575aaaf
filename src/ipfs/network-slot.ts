import { abortReason } from "#lib";
import type { SignalOptions } from "#model";

import { OfflineError } from "./errors.ts";
import type { Network } from "./network.ts";

/** Where the network will be: it opens when it is asked for first, beside everything else. */
export class NetworkSlot implements AsyncDisposable {
  readonly #open: (() => Promise<Network & AsyncDisposable>) | undefined;
  #opening: Promise<Network & AsyncDisposable> | undefined;
  #now: Network | undefined;
  #isClosed = false;

  constructor(open: (() => Promise<Network & AsyncDisposable>) | undefined) {
    this.#open = open;
  }

  get now(): Network | undefined {
    return this.#now;
  }

  /** @throws {OfflineError} when there is none, and what opening it throws */
  get({ signal }: SignalOptions = {}): Promise<Network> {
    if (this.#now !== undefined) return Promise.resolve(this.#now);
    if (this.#open === undefined || this.#isClosed) return Promise.reject(new OfflineError());
    this.#opening ??= this.#begin(this.#open);
    const opening = this.#opening;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(abortReason(signal));
      const onAbort = (): void => reject(abortReason(signal));
      signal?.addEventListener("abort", onAbort, { once: true });
      const settle = (): void => signal?.removeEventListener("abort", onAbort);
      opening.finally(settle).then(resolve, reject);
    });
  }

  async #begin(open: () => Promise<Network & AsyncDisposable>): Promise<Network & AsyncDisposable> {
    const network = await open();
    this.#now = network;
    return network;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const network = await this.#opening?.catch(() => undefined);
    this.#now = undefined;
    await network?.[Symbol.asyncDispose]();
  }
}
