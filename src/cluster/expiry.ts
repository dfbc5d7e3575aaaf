import { abortReason, asError, type Clock, linkAborts } from "#lib";
import type { CID, Pin } from "#model";

import { cidOf, keyOf } from "./operations.ts";
import { isPart } from "./pin-rules.ts";
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

  /** To be called for each pin that is new or changed. Parts go with their root. */
  note(pin: Pin): void {
    const { expireAt } = pin;
    if (isPart(pin)) return;
    if (expireAt === 0 || expireAt >= this.#horizon) {
      if (this.#upcoming.size > 0) this.#upcoming.delete(keyOf(pin.cid));
      return;
    }
    this.#upcoming.set(keyOf(pin.cid), expireAt);
    if (this.#upcoming.size > this.#upcomingMax) this.#forgetLatest();
    if (expireAt < this.#wakesAt) this.#wake.abort();
  }

  /**
   * Calls `expire` for each pin whose time has come, until the signal is aborted.
   * @throws what `expire` throws; the next call tries that pin again
   */
  async watch(expire: (cid: CID) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#deps.clock.now() >= this.#horizon) await this.#scan(signal);
      await this.#expireAll(expire, signal);
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
        for (const pin of pins) this.#noteRead(pin);
      }
    } catch (cause) {
      this.#horizon = Number.NEGATIVE_INFINITY;
      throw cause;
    }
  }

  /** What was noted while the pinset was read is newer. */
  #noteRead(pin: Pin): void {
    if (pin.expireAt !== 0 && !this.#upcoming.has(keyOf(pin.cid))) this.note(pin);
  }

  /** Keeps the half that comes first. */
  #forgetLatest(): void {
    const sorted = [...this.#upcoming].toSorted(([, a], [, b]) => a - b);
    const dropped = sorted.slice(Math.ceil(this.#upcomingMax / 2));
    for (const [key] of dropped) this.#upcoming.delete(key);
    this.#horizon = Math.min(this.#horizon, dropped[0]?.[1] ?? this.#horizon);
  }

  /** One that fails holds up no other. @throws the last failure */
  async #expireAll(expire: (cid: CID) => Promise<void>, signal: AbortSignal): Promise<void> {
    let failure: Error | undefined;
    for (const pin of await this.#takeExpired()) {
      signal.throwIfAborted();
      try {
        await expire(pin.cid);
      } catch (cause) {
        failure = asError(cause);
        this.note(pin);
      }
    }
    if (failure !== undefined) throw failure;
  }

  async #takeExpired(): Promise<readonly Pin[]> {
    const now = this.#deps.clock.now();
    const expired: Pin[] = [];
    for (const [key, expireAt] of this.#upcoming) {
      if (expireAt > now) continue;
      this.#upcoming.delete(key);
      const pin = await this.#deps.consensus.get(cidOf(key));
      if (pin === undefined) continue;
      if (pin.expireAt !== 0 && pin.expireAt <= now) expired.push(pin);
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
