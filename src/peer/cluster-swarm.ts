import { MemoryDatastore } from "datastore-core";

import { type Host, type HostOptions, openHost } from "#net";

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
}

/** Opened later than the listeners: loading libp2p takes a while. Closed with the stack. */
export function clusterSwarm(
  config: PeerConfig,
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
  };
}

function hostOptions({ settings, clusterIdentity }: PeerConfig): HostOptions {
  const { cluster } = settings;
  const { secret } = cluster;
  return {
    privateKey: clusterIdentity.privateKey,
    listen: cluster.listen_multiaddress.filter((address) => address.includes("/tcp/")),
    announce: cluster.announce_multiaddress,
    agentVersion: agentVersion(),
    presharedKey: secret === "" ? undefined : Buffer.from(secret, "hex"),
    security: ["noise", "tls"],
    highWater: cluster.connection_manager.high_water,
    lowWater: cluster.connection_manager.low_water,
    profile: "pi",
    mdnsIntervalMs: 0,
    bootstrap: [],
    peering: [],
    relayClient: false,
    relayService: false,
    holePunching: false,
    upnp: false,
    autonat: false,
    pubsub: false,
  };
}
