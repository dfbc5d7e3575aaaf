import { z } from "zod";

import {
  address,
  choice,
  count,
  duration,
  emptyIsDefault,
  flag,
  interval,
  list,
  listen,
  map,
  number,
  positive,
  text,
} from "./leaf.ts";

const ipfshttpLimit = (name: string) => ({
  isEmptyDefault: true,
  invalid: `ipfshttp.${name} invalid`,
});

const ipfshttp = z.object({
  node_multiaddress: address("/ip4/127.0.0.1/tcp/5001", "RPC of a Kubo elsewhere.", {
    isEmptyDefault: true,
    unreadable: "error parsing ipfs_node_multiaddress",
  }),
  connect_swarms_delay: duration(
    "30s",
    "Wait before the IPFS nodes are connected to each other.",
    emptyIsDefault,
  ),
  ipfs_request_timeout: interval(
    "5m0s",
    "Limit for a call of the node.",
    ipfshttpLimit("ipfs_request_timeout"),
  ),
  pin_timeout: interval(
    "2m0s",
    "Longest time of a pin without progress.",
    ipfshttpLimit("pin_timeout"),
  ),
  unpin_timeout: interval("3h0m0s", "Limit for an unpin.", ipfshttpLimit("unpin_timeout")),
  repogc_timeout: interval(
    "24h0m0s",
    "Limit for a garbage collection.",
    ipfshttpLimit("repogc_timeout"),
  ),
  informer_trigger_interval: count(0, "Pins after which metrics are sent again; 0: never.", {
    invalid: "ipfshttp.informer_trigger_interval",
  }),
  unpin_disable: flag(false, "Refuse to unpin.", { isHidden: true }),
});

const embedded = z.object({
  pin_timeout: interval("2m0s", "Longest time of a pin without progress."),
});

/** Exactly one: the node in this process, or a Kubo elsewhere. */
export const connectorSection = z.object({
  embedded: embedded.optional(),
  ipfshttp: ipfshttp.optional(),
});

const tooLow = (name: string) => ({
  isEmptyDefault: true,
  invalid: `statelesstracker.${name} too low`,
});

const stateless = z.object({
  max_pin_queue_size: positive(1_000_000, "Pins waiting at most.", {
    isHidden: true,
    ...tooLow("max_pin_queue_size"),
  }),
  concurrent_pins: positive(10, "Pins under way at once.", tooLow("concurrent_pins is")),
  priority_pin_max_age: interval(
    "24h0m0s",
    "Age up to which a pin goes first.",
    tooLow("priority_pin_max_age is"),
  ),
  priority_pin_max_retries: positive(
    5,
    "Attempts up to which a pin goes first.",
    tooLow("priority_pin_max_retries is"),
  ),
});
export const trackerSection = z.object({ stateless: stateless.prefault({}) });

const pubsubmon = z.object({
  check_interval: interval("15s", "Time between looks for expired metrics.", {
    invalid: "pubsubmon.check_interval too low",
  }),
});
export const monitorSection = z.object({ pubsubmon: pubsubmon.prefault({}) });

const balanced = z.object({
  allocate_by: list(
    ["tag:group", "freespace"],
    "Metrics that allocations are balanced by.",
    emptyIsDefault,
  ),
});
export const allocatorSection = z.object({ balanced: balanced.prefault({}) });

const metricTtl = interval("30s", "How long a metric counts.");

/** An informer whose section is missing does not run. */
export const informerSection = z.object({
  disk: z
    .object({
      metric_ttl: metricTtl,
      metric_type: choice(["freespace", "reposize"], "freespace", "What is measured."),
    })
    .optional(),
  pinqueue: z
    .object({
      metric_ttl: metricTtl,
      weight_bucket_size: count(100_000, "Pins that count as one step of weight.", {
        absent: 0,
        invalid: "pinqueue.WeightBucketSize is invalid",
      }),
    })
    .optional(),
  tags: z
    .object({
      metric_ttl: metricTtl,
      tags: map({ group: "default" }, "The peer's tags.", { absent: {} }),
    })
    .optional(),
});

export const observationsSection = z.object({
  metrics: z
    .object({
      enable_stats: flag(false, "Serve metrics for Prometheus."),
      prometheus_endpoint: listen("/ip4/127.0.0.1/tcp/8888", "Where.", {
        unreadable: "loadMetricsOptions: PrometheusEndpoint multiaddr",
      }),
      reporting_interval: interval("30s", "Time between measurements.", emptyIsDefault),
    })
    .prefault({}),
  tracing: z
    .object({
      enable_tracing: flag(false, "Send traces; there is no tracing here."),
      jaeger_agent_endpoint: address("/ip4/0.0.0.0/udp/6831", "Where to.", {
        unreadable: "loadTracingOptions: JaegerAgentEndpoint multiaddr",
      }),
      sampling_prob: number(0.3, "Share of requests that are traced."),
      service_name: text("cluster-daemon", "The name they are sent under."),
    })
    .prefault({}),
});
