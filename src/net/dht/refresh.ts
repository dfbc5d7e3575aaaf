import type { Clock, Logger } from "#lib";
import { messageOf } from "#lib";

import type { KadSide } from "./kad-side.ts";

export interface RefreshDeps {
  readonly side: KadSide;
  /** Our own place, which is looked for to meet our neighbours. */
  readonly self: Uint8Array;
  readonly clock: Clock;
  readonly log: Logger;
  readonly randomBytes: (n: number) => Uint8Array;
  readonly intervalMs: number;
}

/** Searches for places chosen by chance, for peers far away. */
const randomSearches = 3;
/** So few peers may be a beginning: look again soon, and then less and less often. */
const fewPeers = 20;
const soonMs = 1_000;

/** Keeps a table filled until the signal is aborted. With an empty table it waits and costs nothing. */
export async function keepRefreshing(deps: RefreshDeps, signal: AbortSignal): Promise<void> {
  const { side, clock, intervalMs } = deps;
  let pauseMs = soonMs;
  while (!signal.aborted) {
    await untilPeers(side, signal);
    await refresh(deps, signal);
    pauseMs = side.size < fewPeers ? Math.min(pauseMs * 2, intervalMs) : intervalMs;
    await clock.sleep(pauseMs, signal);
  }
}

async function refresh(deps: RefreshDeps, signal: AbortSignal): Promise<void> {
  const { side, self, log, randomBytes } = deps;
  const places = [self];
  for (let i = 0; i < randomSearches; i += 1) places.push(randomBytes(32));
  for (const place of places) {
    if (signal.aborted) return;
    try {
      await side.closestPeers(place, { signal });
    } catch (thrown) {
      log.debug("a refresh of the DHT failed", {
        dht: side.scope.name,
        problem: messageOf(thrown),
      });
    }
  }
}

/** Resolves when the table has a peer; rejects when the signal is aborted. */
export function untilPeers(side: KadSide, signal: AbortSignal): Promise<void> {
  const table = side.kad.routingTable;
  if (table.size > 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = (act: () => void) => (): void => {
      table.removeEventListener("peer:add", onPeer);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    const onPeer = end(resolve);
    const onAbort = end(() => reject(new Error("stopped")));
    if (signal.aborted) return onAbort();
    table.addEventListener("peer:add", onPeer);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
