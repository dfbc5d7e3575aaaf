import { abortReason, type Clock, type Logger, messageOf } from "#lib";
import type { Dht } from "#net";

import { placeOfKey, spanOf } from "./place.ts";
import type { Neighbourhood, Regions } from "./regions.ts";
import type { Tally } from "./tally.ts";
import type { Teller } from "./teller.ts";

export interface NewKeysDeps {
  readonly dht: Dht;
  readonly regions: Regions;
  readonly teller: Teller;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly queueMax: number;
}

/** After the first key others of the same import are waited for, so that they share lookups. */
const gatherMs = 1_000;
const batchMax = 1024;
const attemptsMax = 3;
const retryMs = 5_000;
const retryMaxMs = 300_000;

/** New content, announced soon. What does not fit is left to the next sweep, which finds all that lasts. */
export class NewKeys {
  readonly #deps: NewKeysDeps;
  /** By the bytes, with how often it was tried; in the order of arrival. */
  readonly #waiting = new Map<string, { readonly key: Uint8Array; attempts: number }>();
  #arrival = Promise.withResolvers<void>();

  constructor(deps: NewKeysDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(multihash: Uint8Array): void {
    if (this.#waiting.size >= this.#deps.queueMax) return;
    const name = Buffer.from(multihash).toString("latin1");
    if (this.#waiting.has(name)) return;
    this.#waiting.set(name, { key: multihash.slice(), attempts: 0 });
    this.#arrival.resolve();
  }

  clear(): number {
    const { size } = this.#waiting;
    this.#waiting.clear();
    return size;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, dht, logger } = this.#deps;
    let pauseMs = gatherMs;
    while (!signal.aborted) {
      await this.#untilSome(signal);
      await clock.sleep(pauseMs, signal);
      if (dht.size === 0) {
        pauseMs = Math.min(Math.max(pauseMs, retryMs) * 2, retryMaxMs);
        continue;
      }
      try {
        const isTold = await this.#tellBatch(signal);
        pauseMs = isTold ? gatherMs : Math.min(Math.max(pauseMs, retryMs) * 2, retryMaxMs);
      } catch (thrown) {
        if (signal.aborted) return;
        pauseMs = Math.min(Math.max(pauseMs, retryMs) * 2, retryMaxMs);
        logger.debug("new keys were not announced", { problem: messageOf(thrown) });
      }
    }
  }

  /** The oldest keys, region by region. False when nobody took any. */
  async #tellBatch(signal: AbortSignal): Promise<boolean> {
    const batch = [...this.#waiting.values()]
      .slice(0, batchMax)
      .map(({ key }) => ({ key, place: placeOfKey(key) }))
      .toSorted((a, b) => a.place - b.place);
    let isTold = false;
    for (let at = 0; at < batch.length;) {
      const first = batch[at];
      if (first === undefined) break;
      const rest = batch.slice(at);
      const region = await this.#deps.regions.find(first.key, neighbourhood(rest));
      if (region === undefined) return isTold;
      const { to } = spanOf(first.place, Math.min(region.bits, 32));
      const end = region.bits >= 32 ? 1 : rest.filter(({ place }) => place < to).length;
      const keys = rest.slice(0, Math.max(end, 1)).map(({ key }) => key);
      const taken = await this.#deps.teller.tell(keys, region, signal);
      this.#settle(keys, taken);
      if (taken > 0) isTold = true;
      at += keys.length;
    }
    return isTold;
  }

  /** When nobody took any of them they wait for another try, but not for ever. */
  #settle(keys: readonly Uint8Array[], taken: number): void {
    const { tally } = this.#deps;
    if (taken > 0) {
      tally.provided += taken;
      tally.failed += keys.length - taken;
    }
    for (const key of keys) {
      const name = Buffer.from(key).toString("latin1");
      const entry = this.#waiting.get(name);
      if (entry === undefined) continue; // cleared meanwhile
      this.#waiting.delete(name);
      if (taken > 0) continue;
      if (entry.attempts + 1 >= attemptsMax) tally.failed += 1;
      else this.#waiting.set(name, { key, attempts: entry.attempts + 1 });
    }
  }

  async #untilSome(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size > 0) return;
    this.#arrival = Promise.withResolvers();
    const { promise, resolve } = this.#arrival;
    const onAbort = (): void => resolve();
    signal.addEventListener("abort", onAbort, { once: true });
    await promise;
    signal.removeEventListener("abort", onAbort);
    if (signal.aborted) throw abortReason(signal);
  }
}

function neighbourhood(
  sorted: readonly { readonly key: Uint8Array; readonly place: number }[],
): Neighbourhood {
  const within = (from: number, to: number): readonly { readonly key: Uint8Array }[] =>
    sorted.filter(({ place }) => place >= from && place < to);
  return {
    count: (from, to) => within(from, to).length,
    any: (from, to) => within(from, to)[0]?.key,
  };
}
