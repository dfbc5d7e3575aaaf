import { Gate, messageOf } from "#lib";

import type { DhtOptions } from "../types.ts";
import { dhtBounds } from "./bounds.ts";
import type { DhtSeams, DhtServices } from "./contract.ts";
import { DualDht } from "./dual-dht.ts";
import type { HostComponents } from "./kad-components.ts";
import { KadService } from "./kad-service.ts";
import { keepRefreshing } from "./refresh.ts";
import { lanScope, type Scope, wanScope } from "./scope.ts";

/** How often records whose time is over are looked for. */
const sweepMs = 600_000;

/** Two kad-DHTs as in Kubo: one of public addresses, one of the local network. */
export function dhtServices(options: DhtOptions, seams: DhtSeams): DhtServices {
  const bounds = dhtBounds(seams.profile);
  const gate = new Gate({
    what: "searches",
    max: bounds.queriesMax,
    waitingMax: bounds.queriesWaitingMax,
  });
  const made: Partial<Record<Scope["name"], KadService>> = {};
  const service = (scope: Scope) => (components: HostComponents) =>
    (made[scope.name] ??= new KadService(components, { scope, options, bounds, gate, seams }));
  return {
    services: { dhtWan: service(wanScope), dhtLan: service(lanScope) },
    attach() {
      const { wan, lan } = made;
      if (wan === undefined || lan === undefined)
        throw new Error("libp2p was made without the DHT");
      const stop = new AbortController();
      const upkeep = keepUp(
        [wan, lan],
        { seams, intervalMs: bounds.refreshIntervalMs },
        stop.signal,
      );
      const { clock, log } = seams;
      return new DualDht({ wan, lan, bounds, options, clock, log, stop, upkeep });
    },
  };
}

async function keepUp(
  sides: readonly KadService[],
  { seams, intervalMs }: { readonly seams: DhtSeams; readonly intervalMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { clock, log, randomBytes } = seams;
  const refreshing = sides.map(({ side, components }) => {
    const self = components.peerId.toMultihash().bytes;
    return keepRefreshing({ side, self, clock, log, randomBytes, intervalMs }, signal);
  });
  const sweeping = async (): Promise<void> => {
    for (;;) {
      await clock.sleep(sweepMs, signal);
      for (const { providers } of sides) providers.sweep();
    }
  };
  const ends = await Promise.allSettled([...refreshing, sweeping()]);
  for (const end of ends) {
    if (end.status === "rejected" && !signal.aborted) {
      log.error("the upkeep of the DHT ended", { problem: messageOf(end.reason) });
    }
  }
}
