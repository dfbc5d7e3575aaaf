import { MemoryDatastore } from "datastore-core";

import type { Traffic } from "#model";
import { type Bandwidth, type Host, type HostOptions, openHost, quietHost } from "#net";

import { agentVersion } from "./host-options.ts";
import type { PeerSeams } from "./open-peer.ts";
import type { PeerConfig } from "./peer.ts";

/** The cluster's own libp2p host: a private network of those who have the secret. */
export interface ClusterSwarm {
  /** Listens, and tells where; undefined when no address is configured that can be listened on. */
  open(): Promise<readonly string[] | undefined>;
  /** What others are told, with /p2p; none before it is open. */
  addresses(): readonly string[];
  /** Undefined before it is open. */
  host(): Host | undefined;
  /** By protocol; "" is what belongs to none, such as handshakes. */
  traffic(): ReadonlyMap<string, Traffic>;
}

type SwarmConfig = Pick<PeerConfig, "settings" | "clusterIdentity">;

/** Opened later than the listeners: loading libp2p takes a while. Closed with the stack. */
export function clusterSwarm(
  config: SwarmConfig,
  { clock, logger }: PeerSeams,
  stack: AsyncDisposableStack,
): ClusterSwarm {
  let host: Host | undefined;
  stack.defer(() => host?.[Symbol.asyncDispose]());
  return {
    open: async () => {
      const options = hostOptions(config);
      if (options.listen.length === 0) return undefined;
      // who the members are stands in the file `peerstore`; nothing else is worth keeping
      host = await openHost({ datastore: new MemoryDatastore(), clock, logger }, options);
      return host.listenAddresses();
    },
    addresses: () => host?.addresses() ?? [],
    host: () => host,
    traffic: () => (host === undefined ? new Map() : trafficOf(host)),
  };
}

function trafficOf(host: Host): ReadonlyMap<string, Traffic> {
  const traffic = new Map<string, Traffic>();
  const note = (protocol: string, { bytesIn, bytesOut, rateIn, rateOut }: Bandwidth): void => {
    if (bytesIn + bytesOut === 0) return;
    traffic.set(protocol, { totalIn: bytesIn, totalOut: bytesOut, rateIn, rateOut });
  };
  for (const protocol of host.protocols()) note(protocol, host.bandwidth({ protocol }));
  const all = host.bandwidth();
  const named = [...traffic.values()];
  const rest = (total: number, of: (one: Traffic) => number): number =>
    Math.max(
      0,
      named.reduce((left, one) => left - of(one), total),
    );
  note("", {
    bytesIn: rest(all.bytesIn, ({ totalIn }) => totalIn),
    bytesOut: rest(all.bytesOut, ({ totalOut }) => totalOut),
    rateIn: rest(all.rateIn, ({ rateIn }) => rateIn),
    rateOut: rest(all.rateOut, ({ rateOut }) => rateOut),
  });
  return traffic;
}

function hostOptions({ settings, clusterIdentity }: SwarmConfig): HostOptions {
  const { cluster } = settings;
  const { secret } = cluster;
  return {
    ...quietHost,
    privateKey: clusterIdentity.privateKey,
    listen: cluster.listen_multiaddress.filter((address) => address.includes("/tcp/")),
    announce: cluster.announce_multiaddress,
    agentVersion: agentVersion(),
    presharedKey: secret === "" ? undefined : Buffer.from(secret, "hex"),
    security: ["noise", "tls"],
    highWater: cluster.connection_manager.high_water,
    lowWater: cluster.connection_manager.low_water,
    profile: "pi",
  };
}
