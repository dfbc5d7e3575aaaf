import type { Clock, Logger } from "#lib";
import type { Host, RecordValidator, ResourceProfile } from "#net";
import type { Keyspace } from "#storage";

import { openAnnouncer } from "./announcer/open-announcer.ts";
import { routingBounds } from "./bounds.ts";
import { type Fetch, HttpRouter } from "./http-router.ts";
import { NetworkRouting } from "./network-routing.ts";
import type { Announceable, ProvideStrategy, Routing } from "./types.ts";

export interface RoutingDeps {
  readonly host: Host;
  /** Where the announcer keeps how far it is; under keys that begin with `/announcer/`. */
  readonly keyspace: Keyspace;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly randomBytes: (n: number) => Uint8Array;
  readonly fetch: Fetch;
  readonly validators: readonly RecordValidator[];
}

export interface RoutingOptions {
  readonly type: RoutingType;
  /** Base URLs, as https://delegated-ipfs.dev. */
  readonly delegatedRouters: readonly string[];
  readonly userAgent: string;
  readonly profile: ResourceProfile;
  readonly strategy: ProvideStrategy;
  /** A sweep takes so long; 0: only new content is announced. */
  readonly intervalMs: number;
  readonly announceable: Announceable;
}

/** `auto`: the DHT and the delegated routers; `dht…`: the DHT alone; `delegated`: the routers alone; `none`: nobody. */
export type RoutingType = "auto" | "dht" | "dhtclient" | "dhtserver" | "delegated" | "none";

/** Nothing is asked and nothing announced before it is called for, or, with the announcer, before there are peers. */
export async function openRouting(deps: RoutingDeps, options: RoutingOptions): Promise<Routing> {
  const { host, clock, logger, randomBytes, keyspace } = deps;
  const { type, profile, strategy, intervalMs, announceable } = options;
  const bounds = routingBounds(profile);
  const isOverDht = type !== "delegated" && type !== "none";
  const isOverHttp = type === "delegated" || type === "auto";
  const dht = isOverDht ? host.dht : undefined;
  const urls = isOverHttp ? options.delegatedRouters : [];
  const routers = urls.map(
    (url) =>
      new HttpRouter(url, {
        fetch: deps.fetch,
        clock,
        bounds: bounds.router,
        userAgent: options.userAgent,
      }),
  );
  const announcer = await openAnnouncer(
    {
      dht,
      addresses: () => host.addresses(),
      self: host.id,
      keyspace,
      clock,
      logger,
      randomBytes,
    },
    { bounds: bounds.announcer, strategy, intervalMs, announceable },
  );
  return new NetworkRouting({
    dht,
    routers,
    announcer,
    bounds,
    clock,
    logger,
    validators: deps.validators,
  });
}
