import { abortReason, type Clock } from "#lib";
import type { CID, Pin } from "#model";

import { cidOf, keyOf } from "./operations.ts";
import type { Consensus } from "./ports.ts";

/** Expiries before the next scan that are kept at most; what is beyond waits for that scan. */
const upcomingMax = 10_000;

/**
 * Tells which pins have expired: at their time when it is known, and at the latest one scan later. A scan of the pinset
 * remembers what expires before the next one.
 */
export class ExpiryWatch {
  readonly #deps: { readonly consensus: Consensus; readonly clock: Clock };
  readonly #intervalMs: number;
  readonly #upcoming = new Map<string, number>();
  #nextScan = 0;
  #wake = new AbortController();

  constructor(
    deps: { readonly consensus: Consensus; readonly clock: Clock },
    options: { readonly intervalMs: number },
  ) {
    this.#deps = deps;
    this.#intervalMs = options.intervalMs;
  }

  /** To be called for each pin that is new or changed. */
  note(pin: Pin): void {
    const isSoon = pin.expireAt !== 0 && pin.expireAt <= this.#nextScan;
    if (!isSoon || this.#upcoming.size >= upcomingMax) {
      this.#upcoming.delete(keyOf(pin.cid));
      return;
    }
    this.#upcoming.set(keyOf(pin.cid), pin.expireAt);
    this.#wake.abort();
  }

  /** Calls `expire` for each pin whose time has come, until the signal is aborted. */
  async watch(expire: (cid: CID) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { clock } = this.#deps;
      if (clock.now() >= this.#nextScan) await this.#scan(signal);
      for (const cid of await this.#takeExpired()) await expire(cid);
      await this.#sleep(signal);
    }
    throw abortReason(signal);
  }

  async #scan(signal: AbortSignal): Promise<void> {
    this.#nextScan = this.#deps.clock.now() + this.#intervalMs;
    this.#upcoming.clear();
    for await (const pin of this.#deps.consensus.list()) {
      signal.throwIfAborted();
      this.note(pin);
    }
  }

  async #takeExpired(): Promise<readonly CID[]> {
    const now = this.#deps.clock.now();
    const expired: CID[] = [];
    for (const [key, expireAt] of this.#upcoming) {
      if (expireAt > now) continue;
      this.#upcoming.delete(key);
      const pin = await this.#deps.consensus.get(cidOf(key));
      if (pin === undefined) continue;
      if (pin.expireAt !== 0 && pin.expireAt <= now) expired.push(pin.cid);
      else this.note(pin); // whole seconds in the pinset, or a pin that was renewed
    }
    return expired;
  }

  async #sleep(signal: AbortSignal): Promise<void> {
    const now = this.#deps.clock.now();
    let next = this.#nextScan;
    for (const expireAt of this.#upcoming.values()) next = Math.min(next, expireAt);
    if (next <= now) return;
    this.#wake = new AbortController();
    const either = AbortSignal.any([signal, this.#wake.signal]);
    try {
      await this.#deps.clock.sleep(next - now, either);
    } catch (cause) {
      if (signal.aborted) throw cause;
    }
  }
}
