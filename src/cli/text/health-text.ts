// How `ipfs-cluster-ctl` 1.1.6 prints metrics, alerts, traffic and collections.

import type { AlertJson, BandwidthJson, GlobalRepoGcJson, MetricJson } from "#api";

import { humanBytes, humanTime } from "./humanize.ts";

/** One line a metric. `now` in milliseconds. */
export function metricLine(metric: MetricJson, now: number): string {
  const isSpace = metric.name === "freespace" && metric.weight > 0;
  const value = isSpace ? humanBytes(metric.weight) : metric.value;
  const expiry = humanTime(fromNanoseconds(metric.expire), now);
  return `${metric.peer} | ${metric.name}: ${value} | Expires in: ${expiry}`;
}

/** One line an alert. */
export function alertLine(alert: AlertJson, now: number): string {
  const expired = humanTime(fromNanoseconds(alert.expire), now);
  const triggered = humanTime(Date.parse(alert.triggered_at), now);
  return `${alert.peer}: ${alert.name}. Expired at: ${expired}. Triggered at: ${triggered}`;
}

/** One line a protocol, by name. */
export function bandwidthLines(bandwidth: BandwidthJson): string {
  return Object.entries(bandwidth)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([protocol, stats]) => {
      const [taken, sent] = [stats.total_in, stats.total_out].map((bytes) =>
        humanBytes(bytes).padStart(7),
      );
      const rates = `RateIn: ${stats.rate_in.toFixed(2)}B/s. RateOut: ${stats.rate_out.toFixed(2)}B/s`;
      return `${protocol.padStart(25)}: In: ${taken}. Out: ${sent}. ${rates}`;
    })
    .join("\n");
}

/** What was collected, peer by peer. */
export function gcLines({ peer_map: peers }: GlobalRepoGcJson): string {
  return Object.entries(peers)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { peername, keys, error = "" }]) => {
      const name = (peername || id).padEnd(15);
      const lines = (keys ?? []).map((key) =>
        (key.error ?? "") === "" ? `\n    - ${key.key}` : `\n    - ERROR: ${key.error}`,
      );
      return `${name}${error === "" ? "" : ` | ERROR: ${error}`}\n  > CIDs:${lines.join("")}`;
    })
    .join("\n");
}

function fromNanoseconds(time: bigint | number): number {
  return Number(time) / 1e6;
}

/** A list as lines; null is an empty one. */
export function oneALine<T>(toLine: (item: T) => string): (items: readonly T[] | null) => string {
  return (items) => (items ?? []).map(toLine).join("\n");
}
