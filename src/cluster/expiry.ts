import { abortReason, type Clock, linkAborts } from "#lib";
import type { CID, Pin } from "#model";

import { cidOf, keyOf } from "./operations.ts";
import type { Consensus } from "./ports.ts";

/** Expiries that are kept in memory, the next ones; for those beyond the pinset is looked through again. */
const upcomingMax = 10_000;

/**
 * Tells which pins have expired, at their time. The pinset is looked through once at the start; whatever changes later is
 * noted, so it is looked through again only when more was to expire than is kept in memory.
 */
export class ExpiryWatch {
  readonly #deps: { readonly consensus: Consensus; readonly clock: Clock };
  readonly #pauseMsMax: number;
  readonly #upcomingMax: number;
  readonly #upcoming = new Map<string, number>();
  /** From here on something may expire that is not in `#upcoming`. */
  #horizon = Number.NEGATIVE_INFINITY;
  #wakesAt = Number.NEGATIVE_INFINITY;
  #wake = new AbortController();

  /** `intervalMs`: the longest pause between two looks at the clock. */
  constructor(
    deps: { readonly consensus: Consensus; readonly clock: Clock },
    options: { readonly intervalMs: number; readonly upcomingMax?: number },
  ) {
    this.#deps = deps;
    this.#pauseMsMax = options.intervalMs;
    this.#upcomingMax = options.upcomingMax ?? upcomingMax;
  }

  /** To be called for each pin that is new or changed. */
  note(pin: Pin): void {
    const { expireAt } = pin;
    if (expireAt === 0 || expireAt >= this.#horizon) {
      if (this.#upcoming.size > 0) this.#upcoming.delete(keyOf(pin.cid));
      return;
    }
    this.#upcoming.set(keyOf(pin.cid), expireAt);
    if (this.#upcoming.size > this.#upcomingMax) this.#forgetLatest();
    if (expireAt < this.#wakesAt) this.#wake.abort();
  }

  /** Calls `expire` for each pin whose time has come, until the signal is aborted. */
  async watch(expire: (cid: CID) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#deps.clock.now() >= this.#horizon) await this.#scan(signal);
      for (const cid of await this.#takeExpired()) await expire(cid);
      await this.#sleep(signal);
    }
    throw abortReason(signal);
  }

  async #scan(signal: AbortSignal): Promise<void> {
    this.#horizon = Number.POSITIVE_INFINITY;
    this.#upcoming.clear();
    try {
      for await (const pins of this.#deps.consensus.pages()) {
        signal.throwIfAborted();
        for (const pin of pins) this.note(pin);
      }
    } catch (cause) {
      this.#horizon = Number.NEGATIVE_INFINITY;
      throw cause;
    }
  }

  /** Keeps the half that comes first. */
  #forgetLatest(): void {
    const sorted = [...this.#upcoming].toSorted(([, a], [, b]) => a - b);
    const dropped = sorted.slice(Math.ceil(this.#upcomingMax / 2));
    for (const [key] of dropped) this.#upcoming.delete(key);
    this.#horizon = Math.min(this.#horizon, dropped[0]?.[1] ?? this.#horizon);
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
    const { clock } = this.#deps;
    const now = clock.now();
    let next = Math.min(this.#horizon, now + this.#pauseMsMax);
    for (const expireAt of this.#upcoming.values()) next = Math.min(next, expireAt);
    if (next <= now) return;
    this.#wakesAt = next;
    this.#wake = new AbortController();
    using either = linkAborts(signal, this.#wake.signal);
    try {
      await clock.sleep(next - now, either.signal);
    } catch (cause) {
      if (signal.aborted) throw cause;
    } finally {
      this.#wakesAt = Number.NEGATIVE_INFINITY;
    }
  }
}
