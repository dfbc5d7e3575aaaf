// The sections of IPFS Cluster 1.1.6 have its spelling, its order and its defaults. A key that is not here is a
// warning, as the Go program ignores it.

import { hostname } from "node:os";

import { z } from "zod";

import {
  addresses,
  count,
  duration,
  emptyIsDefault,
  factor,
  flag,
  type GoRefusal,
  hidden,
  interval,
  positive,
  shaped,
  text,
} from "./leaf.ts";

const secret = z.string().superRefine((given, context) => {
  const problem = secretProblem(given);
  if (problem === undefined) return;
  const params: GoRefusal = { unreadable: problem };
  const message = "a cluster secret is 32 bytes in hex, or empty";
  context.addIssue({ code: "custom", message, params: { ...params } });
});

/** What Go says of a secret that is none; undefined when it is one. */
export function secretProblem(given: string): string | undefined {
  const odd = /[^0-9a-fA-F]/u.exec(given)?.[0];
  if (odd !== undefined) {
    const code = (odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `encoding/hex: invalid byte: U+${code} '${odd}'`;
  }
  if (given.length % 2 === 1) return "encoding/hex: odd length hex string";
  const bytes = given.length / 2;
  if (bytes === 0 || bytes === 32) return undefined;
  return `input secret is ${bytes} bytes, cluster secret should be 32`;
}

/** What is told of a cluster without a secret. */
export const emptySecret = "the cluster's secret is empty: whoever reaches its address may connect";

export const clusterSection = z.object({
  peername: text(hostname(), "The peer's name, for people.", {
    isEmptyDefault: true,
    defaultText: "the machine's name",
  }),
  secret: shaped(
    secret,
    "64 hex digits",
    "",
    "Key of the private network; empty: an open network. A new configuration gets one of its own.",
    {
      isSecret: true,
      unreadable: "error loading cluster secret from config",
    },
  ),
  leave_on_shutdown: flag(false, "Leave the cluster when the peer stops."),
  listen_multiaddress: addresses(
    ["/ip4/0.0.0.0/tcp/9096", "/ip4/0.0.0.0/udp/9096/quic"],
    "Where the cluster swarm listens.",
    { unreadable: "error parsing listen_multiaddress" },
  ),
  announce_multiaddress: addresses([], "Addresses to announce instead of those found.", {
    unreadable: "error parsing announce",
  }),
  no_announce_multiaddress: addresses([], "Addresses and CIDR ranges never to announce.", {
    unreadable: "error parsing no_announce",
  }),
  enable_relay_hop: flag(true, "Relay for peers that cannot be reached.", { absent: false }),
  connection_manager: z
    .object({
      high_water: positive(400, "Connections from which on some are closed."),
      low_water: positive(100, "Connections that are left then."),
      grace_period: interval("2m0s", "How long a new connection is safe from that."),
    })
    .prefault({}),
  resource_manager: z
    .object({
      enabled: flag(true, "Limit what the swarm may use.", { absent: false }),
      memory_limit_bytes: count(0, "Memory for the swarm; 0: a quarter of the machine's.", {
        goType: "uint64",
      }),
      file_descriptors_limit: count(0, "Files for the swarm; 0: half of the limit.", {
        goType: "uint64",
      }),
    })
    .prefault({}),
  pubsub: z
    .object({
      seen_messages_ttl: interval("30m0s", "How long a message is remembered.", {
        isEmptyDefault: true,
        invalid: "cluster.pubsub.seen_message_ttl is invalid",
      }),
      heartbeat_interval: interval("10s", "Time between gossip heartbeats.", emptyIsDefault),
      d_factor: positive(4, "Factor on the mesh's degrees."),
      history_gossip: positive(2, "Heartbeats whose messages are gossiped."),
      history_length: positive(6, "Heartbeats whose messages are kept."),
      flood_publish: flag(false, "Send own messages to all peers."),
    })
    .prefault({}),
  dial_peer_timeout: interval("3s", "Limit for dialling a peer.", emptyIsDefault),
  state_sync_interval: interval("5m0s", "Time between sweeps for expired pins.", emptyIsDefault),
  pin_recover_interval: interval("12m0s", "Time between retries of failed pins.", emptyIsDefault),
  replication_factor_min: factor(-1, "Peers that must hold a pin; -1: all.", {
    isEmptyDefault: true,
    invalid: "cluster.replication_factor_min is wrong",
  }),
  replication_factor_max: factor(-1, "Peers that should hold a pin; -1: all.", {
    isEmptyDefault: true,
    invalid: "cluster.replication_factor_max is wrong",
  }),
  monitor_ping_interval: interval("15s", "Time between the pings that show that a peer lives.", {
    isEmptyDefault: true,
    invalid: "cluster.monitoring_interval is invalid",
  }),
  peer_watch_interval: interval("5s", "Time between looks at the peerset (raft).", emptyIsDefault),
  mdns_interval: duration("10s", "Look for peers on the local network; 0: do not.", emptyIsDefault),
  pin_only_on_trusted_peers: flag(false, "Allocate to trusted peers alone."),
  pin_only_on_untrusted_peers: flag(false, "Allocate to peers that are not trusted alone."),
  disable_repinning: flag(true, "Leave pins where they are when a peer goes away.", {
    absent: false,
  }),
  follower_mode: flag(false, "Follow the pinset without changing it.", hidden),
  peerstore_file: text("", "File of known peers; empty: `peerstore`.", hidden),
  peer_addresses: addresses([], "Peers to connect to at the start.", {
    isAlwaysList: true,
    unreadable: "error parsing peer_addresses",
  }),
});
