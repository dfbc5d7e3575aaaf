import { type Clock, type Logger, messageOf } from "#lib";
import { type CID, multihash } from "#model";
import type { Dht } from "#net";
import type { Keyspace } from "#storage";

import type { AnnouncerBounds } from "../bounds.ts";
import type { Announceable, Announcer, AnnouncerStat, ProvideStrategy } from "../types.ts";
import { NewKeys } from "./new-keys.ts";
import { Regions } from "./regions.ts";
import { SweepStore } from "./sweep-state.ts";
import { Sweeper } from "./sweeper.ts";
import { Teller } from "./teller.ts";

export interface AnnouncerDeps {
  /** Without one nothing is announced. */
  readonly dht: Dht | undefined;
  readonly addresses: () => readonly string[];
  readonly self: string;
  readonly keyspace: Keyspace;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (n: number) => Uint8Array;
}

export interface AnnouncerOptions {
  readonly bounds: AnnouncerBounds;
  readonly strategy: ProvideStrategy;
  readonly intervalMs: number;
  readonly announceable: Announceable;
}

/** Begins in the background; costs nothing while there are no peers. */
export async function openAnnouncer(
  deps: AnnouncerDeps,
  options: AnnouncerOptions,
): Promise<Announcer & AsyncDisposable> {
  const { dht, clock, logger, randomBytes, keyspace, addresses, self } = deps;
  const { bounds, strategy, intervalMs, announceable } = options;
  if (dht === undefined || strategy === "none") return silentAnnouncer;
  const tally = { provided: 0, failed: 0 };
  const closestPeers = async (key: Uint8Array): Promise<readonly string[]> => {
    const peers: string[] = [];
    for await (const { peer } of dht.closestPeers(key, { signal: stop.signal })) peers.push(peer);
    return peers;
  };
  const stop = new AbortController();
  const regions = new Regions({ closestPeers, clock, randomBytes, bounds });
  const teller = new Teller({ dht, addresses, self, clock, logger, bounds });
  const shared = { dht, regions, teller, tally, clock, logger };
  const newKeys = new NewKeys({ ...shared, queueMax: bounds.queueMax });
  const store = new SweepStore(keyspace, clock);
  const sweeper = new Sweeper({ ...shared, store, bounds, strategy, intervalMs, announceable });
  const watched = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (thrown) {
      if (stop.signal.aborted) return;
      logger.error("content is not announced any more", { problem: messageOf(thrown) });
    }
  };
  const work = [watched(newKeys.run(stop.signal))];
  if (intervalMs > 0) work.push(watched(sweeper.run(stop.signal)));
  return {
    enqueue(cid: CID) {
      if (cid.multihash.code !== multihash.identity) newKeys.add(cid.multihash.bytes);
    },
    clear: () => newKeys.clear(),
    stat: () => statOf({ queued: newKeys.size, ...tally }, sweeper),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("the announcer closes"));
      await Promise.all(work);
      await sweeper.close();
    },
  };
}

function statOf(
  counts: Pick<AnnouncerStat, "queued" | "provided" | "failed">,
  { state }: Sweeper,
): AnnouncerStat {
  const isBetween = state?.place === 0;
  return {
    ...counts,
    lastSweepAt: state?.lastSweepAt,
    lastSweepMs: state?.lastSweepMs ?? 0,
    nextSweepAt:
      state === undefined || isBetween ? state?.startedAt : state.startedAt + state.spanMs,
    keysInLastSweep: state?.keysInLastSweep ?? 0,
  };
}

const silentAnnouncer: Announcer & AsyncDisposable = {
  enqueue: () => undefined,
  clear: () => 0,
  stat: () => ({
    queued: 0,
    provided: 0,
    failed: 0,
    lastSweepAt: undefined,
    lastSweepMs: 0,
    nextSweepAt: undefined,
    keysInLastSweep: 0,
  }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
