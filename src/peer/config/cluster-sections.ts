// The sections of service.json that IPFS Cluster 1.1.6 knows, in its spelling, with its defaults. A key that is not here
// is a warning, as the Go program ignores it.

import { hostname } from "node:os";

import { z } from "zod";

import {
  addresses,
  choice,
  count,
  duration,
  factor,
  flag,
  interval,
  list,
  listen,
  map,
  number,
  shaped,
  text,
} from "./leaf.ts";

const hidden = { isHidden: true } as const;

const secret = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{64})?$/, "a cluster secret is 32 bytes in hex, or empty");

export const clusterSection = z.object({
  peername: text(hostname(), "The peer's name, for people."),
  secret: shaped(secret, "", "Key of the private network, 64 hex digits; empty: an open network."),
  leave_on_shutdown: flag(false, "Leave the cluster when the peer stops."),
  listen_multiaddress: addresses(
    ["/ip4/0.0.0.0/tcp/9096", "/ip4/0.0.0.0/udp/9096/quic"],
    "Where the cluster swarm listens.",
  ),
  announce_multiaddress: addresses([], "Addresses to announce instead of those found."),
  no_announce_multiaddress: addresses([], "Addresses and CIDR ranges never to announce."),
  enable_relay_hop: flag(true, "Relay for peers that cannot be reached."),
  connection_manager: z
    .object({
      high_water: count(400, "Connections from which on some are closed."),
      low_water: count(100, "Connections that are left then."),
      grace_period: interval("2m0s", "How long a new connection is safe from that."),
    })
    .prefault({}),
  resource_manager: z
    .object({
      enabled: flag(true, "Limit what the swarm may use."),
      memory_limit_bytes: count(0, "Memory for the swarm; 0: a quarter of the machine's."),
      file_descriptors_limit: count(0, "Files for the swarm; 0: half of the limit."),
    })
    .prefault({}),
  pubsub: z
    .object({
      seen_messages_ttl: interval("30m0s", "How long a message is remembered."),
      heartbeat_interval: interval("10s", "Time between gossip heartbeats."),
      d_factor: count(4, "Factor on the mesh's degrees."),
      history_gossip: count(2, "Heartbeats whose messages are gossiped."),
      history_length: count(6, "Heartbeats whose messages are kept."),
      flood_publish: flag(false, "Send own messages to all peers."),
    })
    .prefault({}),
  dial_peer_timeout: interval("3s", "Limit for dialling a peer."),
  state_sync_interval: interval("5m0s", "Time between sweeps for expired pins."),
  pin_recover_interval: interval("12m0s", "Time between retries of failed pins."),
  replication_factor_min: factor(-1, "Peers that must hold a pin; -1: all."),
  replication_factor_max: factor(-1, "Peers that should hold a pin; -1: all."),
  monitor_ping_interval: interval("15s", "Time between the pings that show that a peer lives."),
  peer_watch_interval: interval("5s", "Time between looks at the peerset (raft)."),
  mdns_interval: duration("10s", "Look for peers on the local network; 0: do not."),
  pin_only_on_trusted_peers: flag(false, "Allocate to trusted peers alone."),
  pin_only_on_untrusted_peers: flag(false, "Allocate to peers that are not trusted alone."),
  disable_repinning: flag(true, "Leave pins where they are when a peer goes away."),
  follower_mode: flag(false, "Follow the pinset without changing it.", hidden),
  peerstore_file: text("", "File of known peers; empty: `peerstore`.", hidden),
  peer_addresses: addresses([], "Peers to connect to at the start."),
});

const batching = z.object({
  max_batch_size: count(0, "Changes a batch; 0: no batching."),
  max_batch_age: duration("0s", "Age at which a batch is written; 0: no batching."),
  max_queue_size: count(50_000, "Changes waiting for a batch at most.", hidden),
});

export const consensusSection = z.object({
  crdt: z
    .object({
      cluster_name: text("ipfs-cluster", "Decides the pubsub topic."),
      trusted_peers: list(["*"], "Peers that may change the pinset; `*`: all."),
      batching: batching.prefault({}),
      repair_interval: duration("1h0m0s", "Time between checks of a DAG marked dirty."),
      rebroadcast_interval: interval("1m0s", "Time between repeats of the heads.", hidden),
      peerset_metric: text("ping", "The metric that says who is a member.", hidden),
      datastore_namespace: text("/c", "Prefix of the pinset's keys.", hidden),
    })
    .prefault({}),
  /** Read and ignored: folders of the Go program have it. */
  raft: z.unknown().optional(),
});

const httpLimits = {
  read_timeout: duration("0s", "Limit for reading a request; 0: none."),
  read_header_timeout: duration("5s", "Limit for reading a request's head."),
  write_timeout: duration("0s", "Limit for writing an answer; 0: none."),
  idle_timeout: duration("2m0s", "How long an unused connection is kept."),
  max_header_bytes: count(4096, "Bytes of a request's head at most."),
};

const credentials = z.record(z.string(), z.string()).nullable();

function httpApi(port: number) {
  return z.object({
    http_listen_multiaddress: listen(`/ip4/127.0.0.1/tcp/${port}`, "Where the API listens."),
    ssl_cert_file: text("", "Certificate, for HTTPS.", hidden),
    ssl_key_file: text("", "The certificate's key.", hidden),
    ...httpLimits,
    libp2p_listen_multiaddress: addresses([], "Where a libp2p host of its own listens.", hidden),
    id: text("", "Peer id of that host.", hidden),
    private_key: text("", "Private key of that host.", hidden),
    basic_auth_credentials: shaped(credentials, null, "Users and their passwords; null: all may."),
    http_log_file: text("", "File for the access log; empty: the program's log."),
    headers: shaped(
      z.record(z.string(), z.array(z.string()).readonly()),
      {},
      "Headers for every answer.",
    ),
    cors_allowed_origins: list(["*"], "Origins that browsers may call from."),
    cors_allowed_methods: list(["GET"], "Methods for them."),
    cors_allowed_headers: list([], "Request headers for them."),
    cors_exposed_headers: list(
      ["Content-Type", "X-Stream-Output", "X-Chunked-Output", "X-Content-Length"],
      "Response headers for them.",
    ),
    cors_allow_credentials: flag(true, "Let them send credentials."),
    cors_max_age: duration("0s", "How long browsers may keep the answer to a preflight."),
  });
}

const ipfsproxy = z.object({
  listen_multiaddress: listen("/ip4/127.0.0.1/tcp/9095", "Where the proxy listens."),
  node_multiaddress: text("/ip4/127.0.0.1/tcp/5001", "RPC of the IPFS node behind it."),
  node_https: flag(false, "Speak HTTPS to the node.", hidden),
  log_file: text("", "File for the access log; empty: the program's log."),
  ...httpLimits,
  idle_timeout: duration("1m0s", "How long an unused connection is kept."),
  extract_headers_extra: list([], "Headers of the node to pass on.", hidden),
  extract_headers_path: text("/api/v0/version", "Path that they are taken from.", hidden),
  extract_headers_ttl: duration("5m0s", "How long they are kept.", hidden),
});

/** An API whose section is missing is off. */
export const apiSection = z.object({
  ipfsproxy: ipfsproxy.optional(),
  pinsvcapi: httpApi(9097).optional(),
  restapi: httpApi(9094).optional(),
});

const ipfshttp = z.object({
  node_multiaddress: text("/ip4/127.0.0.1/tcp/5001", "RPC of a Kubo elsewhere."),
  connect_swarms_delay: duration("30s", "Wait before the IPFS nodes are connected to each other."),
  ipfs_request_timeout: interval("5m0s", "Limit for a call of the node."),
  pin_timeout: interval("2m0s", "Longest time of a pin without progress."),
  unpin_timeout: interval("3h0m0s", "Limit for an unpin."),
  repogc_timeout: interval("24h0m0s", "Limit for a garbage collection."),
  informer_trigger_interval: count(0, "Pins after which metrics are sent again; 0: never."),
  unpin_disable: flag(false, "Refuse to unpin.", hidden),
});

const embedded = z.object({
  pin_timeout: interval("2m0s", "Longest time of a pin without progress."),
});

/** Exactly one: the node in this process, or a Kubo elsewhere. */
export const connectorSection = z.object({
  embedded: embedded.optional(),
  ipfshttp: ipfshttp.optional(),
});

const stateless = z.object({
  max_pin_queue_size: count(1_000_000, "Pins waiting at most.", hidden),
  concurrent_pins: count(10, "Pins under way at once."),
  priority_pin_max_age: interval("24h0m0s", "Age up to which a pin goes first."),
  priority_pin_max_retries: count(5, "Attempts up to which a pin goes first."),
});
export const trackerSection = z.object({ stateless: stateless.prefault({}) });

const pubsubmon = z.object({
  check_interval: interval("15s", "Time between looks for expired metrics."),
});
export const monitorSection = z.object({ pubsubmon: pubsubmon.prefault({}) });

const balanced = z.object({
  allocate_by: list(["tag:group", "freespace"], "Metrics that allocations are balanced by."),
});
export const allocatorSection = z.object({ balanced: balanced.prefault({}) });

const metricTtl = interval("30s", "How long a metric counts.");
export const informerSection = z.object({
  disk: z
    .object({
      metric_ttl: metricTtl,
      metric_type: choice(["freespace", "reposize"], "freespace", "What is measured."),
    })
    .prefault({}),
  pinqueue: z
    .object({
      metric_ttl: metricTtl,
      weight_bucket_size: count(100_000, "Pins that count as one step of weight."),
    })
    .prefault({}),
  tags: z
    .object({ metric_ttl: metricTtl, tags: map({ group: "default" }, "The peer's tags.") })
    .prefault({}),
});

export const observationsSection = z.object({
  metrics: z
    .object({
      enable_stats: flag(false, "Serve metrics for Prometheus."),
      prometheus_endpoint: listen("/ip4/127.0.0.1/tcp/8888", "Where."),
      reporting_interval: interval("30s", "Time between measurements."),
    })
    .prefault({}),
  tracing: z
    .object({
      enable_tracing: flag(false, "Send traces."),
      jaeger_agent_endpoint: text("/ip4/0.0.0.0/udp/6831", "Where to."),
      sampling_prob: number(0.3, "Share of requests that are traced."),
      service_name: text("cluster-daemon", "The name they are sent under."),
    })
    .prefault({}),
});
