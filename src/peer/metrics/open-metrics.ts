import type { Cluster, IpfsConnector, PinsetStore } from "#cluster";
import { type Handler, metricsHandler } from "#http";
import { MetricRegistry } from "#lib";

import type { PeerSeams } from "../open-peer.ts";
import { addClusterMetrics } from "./cluster-metrics.ts";
import { observeConnector } from "./observed-connector.ts";
import { addProcessMetrics } from "./process-metrics.ts";

export interface Metrics {
  /** To be used instead of the one that was given. */
  readonly connector: IpfsConnector;
  /** What answers at `prometheus_endpoint`. */
  handler(cluster: Cluster): Handler;
}

/** Metrics for Prometheus (`observations.metrics`), measured when they are asked for. Without it nothing is counted. */
export function openMetrics(
  deps: PeerSeams & {
    readonly connector: IpfsConnector;
    readonly pinset: Pick<PinsetStore, "pages">;
  },
  options: { readonly reportingIntervalMs: number },
): Metrics {
  const { clock, logger, pinset } = deps;
  const registry = new MetricRegistry();
  const connector = observeConnector(deps.connector, registry);
  addProcessMetrics(registry, clock.now() - process.uptime() * 1000);
  const countPins = async (): Promise<number> => {
    let count = 0;
    for await (const page of pinset.pages()) count += page.length;
    return count;
  };
  const onProblem = (metric: string, error: unknown): void =>
    logger.debug("a metric could not be measured", { metric, error });
  return {
    connector,
    handler: (cluster) => {
      const clusterDeps = { cluster, connector, countPins, clock };
      addClusterMetrics(registry, clusterDeps, options.reportingIntervalMs);
      return metricsHandler({ text: () => registry.text(onProblem) });
    },
  };
}
