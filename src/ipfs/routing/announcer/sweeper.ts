import { type Clock, type Logger, messageOf } from "#lib";
import type { Dht } from "#net";

import type { AnnouncerBounds } from "../bounds.ts";
import type { Announceable, ProvideStrategy } from "../types.ts";
import { announceableHashes } from "./announceable-hashes.ts";
import { collectKeys, type KeyTable } from "./key-table.ts";
import { placesEnd, spanOf } from "./place.ts";
import type { Neighbourhood, Regions } from "./regions.ts";
import type { SweepState, SweepStore } from "./sweep-state.ts";
import type { Tally } from "./tally.ts";
import type { Teller } from "./teller.ts";

export interface SweeperDeps {
  readonly dht: Dht;
  readonly regions: Regions;
  readonly teller: Teller;
  readonly store: SweepStore;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bounds: AnnouncerBounds;
  readonly strategy: ProvideStrategy;
  readonly intervalMs: number;
  readonly announceable: Announceable;
}

/** A region is at least so deep: a small network is one region, and shall not be told everything at once. */
const bitsMin = 8;
/** Keys that are told in one go. */
const keysPerRound = 4096;
/** Without peers: look again after so long at first, twice as long each time, and so long at most. */
const retryMs = 5_000;
const retryMaxMs = 300_000;
/** A region whose peers are known and none of whom takes anything is passed over then. */
const refusalsMax = 3;
/** The first sweep of all is so many times as fast: nothing of what is here was announced yet. */
const firstSweepHaste = 8;

/**
 * Announces all keys once an interval, in the order of their places in the DHT and evenly over the time, so that the
 * peers of a region are looked up once. Goes on after a restart where it was.
 */
export class Sweeper {
  readonly #deps: SweeperDeps;
  #state: SweepState | undefined;

  constructor(deps: SweeperDeps) {
    this.#deps = deps;
  }

  get state(): SweepState | undefined {
    return this.#state;
  }

  /** Until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#state = await this.#resume();
    while (!signal.aborted) {
      await this.#untilPeers(signal);
      await this.#sweep(signal);
    }
  }

  /** Writes down how far it is. */
  async close(): Promise<void> {
    if (this.#state !== undefined) await this.#deps.store.save(this.#state, { isNow: true });
  }

  /** After a longer break than an interval all records have ended: all is done again, in haste. */
  async #resume(): Promise<SweepState> {
    const { store, clock, intervalMs } = this.#deps;
    const old = await store.load();
    const now = clock.now();
    const isSane =
      old !== undefined && old.startedAt <= now + intervalMs && old.spanMs <= intervalMs;
    if (isSane && now < old.startedAt + old.spanMs + intervalMs) return old;
    return {
      startedAt: now,
      spanMs: intervalMs / firstSweepHaste,
      place: 0,
      lastSweepAt: old?.lastSweepAt,
      lastSweepMs: old?.lastSweepMs ?? 0,
      keysInLastSweep: old?.keysInLastSweep ?? 0,
    };
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { announceable, strategy, bounds, clock, logger } = this.#deps;
    const earlyMs = this.#require().startedAt - clock.now();
    if (earlyMs > 0) await clock.sleep(earlyMs, signal);
    const beganAt = clock.now();
    const table = await collectKeys(announceableHashes(announceable, strategy, signal), {
      keysMax: bounds.keysMax,
      signal,
    });
    if (table.size >= bounds.keysMax) {
      logger.warn("more keys than can be announced", { keysMax: bounds.keysMax });
    }
    logger.debug("a sweep goes on", { keys: table.size, place: this.#require().place });
    await this.#walk(table, signal);
    await this.#finish(table.size, beganAt);
  }

  async #walk(table: KeyTable, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    for (let at = table.indexOf(this.#require().place); at < table.size;) {
      const waitMs = this.#dueAt(table.placeAt(at)) - clock.now();
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      at = await this.#round(table, at, signal);
      const place = at < table.size ? table.placeAt(at) : placesEnd;
      await this.#update({ place });
    }
  }

  /** Tells about the keys of one region, again and again while nobody can be asked; answers where the next begins. */
  async #round(table: KeyTable, at: number, signal: AbortSignal): Promise<number> {
    const { regions, tally, clock, logger } = this.#deps;
    let retryInMs = retryMs;
    for (let refusals = 0; ;) {
      try {
        const told = await this.#tell(table, at, signal);
        const isRefused = told !== undefined && told.taken === 0;
        if (isRefused) refusals += 1;
        if (told !== undefined && (!isRefused || refusals === refusalsMax)) {
          tally.provided += told.taken;
          tally.failed += told.end - at - told.taken;
          return told.end;
        }
      } catch (thrown) {
        if (signal.aborted) throw thrown;
        logger.debug("a region was not announced", { problem: messageOf(thrown) });
      }
      regions.forget();
      await clock.sleep(retryInMs, signal);
      retryInMs = Math.min(retryInMs * 2, retryMaxMs);
      await this.#untilPeers(signal);
    }
  }

  /** Undefined when nobody answers. */
  async #tell(
    table: KeyTable,
    at: number,
    signal: AbortSignal,
  ): Promise<{ readonly end: number; readonly taken: number } | undefined> {
    const { regions, teller } = this.#deps;
    const region = await regions.find(table.multihashAt(at), neighbourhood(table, at));
    if (region === undefined) return undefined;
    const end = region.bits >= 32 ? at + 1 : endOf(table, at, Math.max(region.bits, bitsMin));
    const keys = Array.from({ length: end - at }, (_, i) => table.multihashAt(at + i));
    return { end, taken: await teller.tell(keys, region, signal) };
  }

  async #finish(keys: number, beganAt: number): Promise<void> {
    const { clock, intervalMs } = this.#deps;
    const now = clock.now();
    await this.#update({
      lastSweepAt: now,
      lastSweepMs: now - beganAt,
      keysInLastSweep: keys,
      // Late: the next one begins now, and is not late from the start.
      startedAt: Math.max(this.#dueAt(placesEnd), now),
      spanMs: intervalMs,
      place: 0,
    });
  }

  #dueAt(place: number): number {
    const { startedAt, spanMs } = this.#require();
    return startedAt + (spanMs * place) / placesEnd;
  }

  async #update(change: Partial<SweepState>): Promise<void> {
    this.#state = { ...this.#require(), ...change };
    await this.#deps.store.save(this.#state, { isNow: change.place === 0 });
  }

  #require(): SweepState {
    if (this.#state === undefined) throw new Error("the sweeper does not run");
    return this.#state;
  }

  async #untilPeers(signal: AbortSignal): Promise<void> {
    let waitMs = retryMs;
    while (this.#deps.dht.size === 0) {
      await this.#deps.clock.sleep(waitMs, signal);
      waitMs = Math.min(waitMs * 2, retryMaxMs);
    }
  }
}

/** One past the last key of a region, or of what is told in one go. */
function endOf(table: KeyTable, at: number, bits: number): number {
  const { to } = spanOf(table.placeAt(at), Math.min(bits, 32));
  return Math.min(Math.max(table.indexOf(to), at + 1), at + keysPerRound);
}

/** Keys from here on: those before were announced. */
function neighbourhood(table: KeyTable, at: number): Neighbourhood {
  const within = (from: number, to: number): readonly [number, number] => [
    Math.max(table.indexOf(from), at),
    table.indexOf(to),
  ];
  return {
    count(from, to) {
      const [first, end] = within(from, to);
      return Math.max(0, end - first);
    },
    any(from, to) {
      const [first, end] = within(from, to);
      return first < end ? table.multihashAt(first) : undefined;
    },
  };
}
