import { abortReason } from "#lib";
import type { SignalOptions } from "#model";

import { OfflineError } from "./errors.ts";
import type { Network } from "./network.ts";

/** Where the network will be: it opens beside everything else, and whoever needs it waits. */
export class NetworkSlot implements AsyncDisposable {
  readonly #opening: Promise<Network & AsyncDisposable> | undefined;
  #now: Network | undefined;

  constructor(open: (() => Promise<Network & AsyncDisposable>) | undefined) {
    this.#opening = open?.().then((network) => {
      this.#now = network;
      return network;
    });
    // whoever waits is told; without anybody the failure must not end the process
    this.#opening?.catch(() => undefined);
  }

  get now(): Network | undefined {
    return this.#now;
  }

  /** @throws {OfflineError} when there is none, and what opening it throws */
  get({ signal }: SignalOptions = {}): Promise<Network> {
    const { promise, resolve, reject } = Promise.withResolvers<Network>();
    if (this.#now !== undefined) return Promise.resolve(this.#now);
    if (this.#opening === undefined) return Promise.reject(new OfflineError());
    const onAbort = (): void => reject(abortReason(signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#opening
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener("abort", onAbort))
      .catch(() => undefined);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const network = await this.#opening?.catch(() => undefined);
    this.#now = undefined;
    await network?.[Symbol.asyncDispose]();
  }
}
