import type { Cluster, IpfsConnector } from "#cluster";
import { type Clock, type MetricFamily, type MetricRegistry, seldom } from "#lib";

interface ClusterMetricsDeps {
  readonly cluster: Cluster;
  readonly connector: IpfsConnector;
  /** Number of pins in the pinset; takes its time. */
  readonly countPins: () => Promise<number>;
  readonly clock: Clock;
}

/** Metrics of the cluster peer under IPFS Cluster's names. What takes long is measured once an interval at most. */
export function addClusterMetrics(
  registry: MetricRegistry,
  deps: ClusterMetricsDeps,
  intervalMs: number,
): void {
  const { cluster, connector, countPins, clock } = deps;
  const gauge = (name: string, help: string, read: MetricFamily["read"]): void =>
    registry.add({ name: `ipfscluster_${name}`, help, type: "gauge", read });
  const slowGauge = (name: string, help: string, measure: () => Promise<number>): void =>
    gauge(name, help, seldom(measure, { clock, intervalMs }));

  slowGauge("pins", "Total number of cluster pins", countPins);
  slowGauge("pins_ipfs_pins", "Current number of items pinned on IPFS", () =>
    countItems(connector.pinList()),
  );
  slowGauge("informer_disk", "The metric value weight issued by disk informer", async () => {
    // it tells the one or the other, as it is configured
    const metrics = await Promise.all(
      ["freespace", "reposize"].map((name) => cluster.metrics(name)),
    );
    return metrics.flat()[0]?.weight ?? Number.NaN;
  });
  gauge("pins_pin_queued", "Current number of pins queued for pinning", () => {
    return cluster.pinCounts().queued;
  });
  gauge("pins_pinning", "Current number of pins currently pinning", () => {
    return cluster.pinCounts().pinning;
  });
  gauge("pins_pin_error", "Current number of pins in pin_error state", () => {
    return cluster.pinCounts().failed;
  });
}

async function countItems(items: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _ of items) count += 1;
  return count;
}
