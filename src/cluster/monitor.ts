import { seldom } from "#lib";
import type { Alert, Metric } from "#model";

import { measure, type MetricDeps, metricNamesOf, type MonitorConfig } from "./metrics.ts";
import type { IpfsConnector } from "./ports.ts";

/** As in IPFS Cluster: with more, the list begins anew. */
const alertsMax = 1000;
/** The disk is not looked at more often: every pin with a replication factor asks for it. */
const diskIntervalMs = 1000;

export type MonitorDeps = Omit<MetricDeps, "repoStat"> & {
  readonly connector: Pick<IpfsConnector, "repoStat">;
};

/**
 * What the peer tells about itself. A metric is measured when it is asked for, the disk's not for everybody who asks; one
 * that cannot be measured is told as it was until it expires, and then there is an alert, one until it is back.
 */
export class Monitor {
  /** What it measures. */
  readonly names: readonly string[];
  readonly #deps: MetricDeps;
  readonly #config: MonitorConfig;
  readonly #latest = new Map<string, Metric>();
  readonly #alerted = new Set<string>();
  #alerts: Alert[] = [];

  constructor(deps: MonitorDeps, config: MonitorConfig) {
    const { clock, connector } = deps;
    const repoStat = seldom(() => connector.repoStat(), { clock, intervalMs: diskIntervalMs });
    this.#deps = { ...deps, repoStat };
    this.#config = config;
    this.names = metricNamesOf(config);
  }

  async metrics(name: string): Promise<readonly Metric[]> {
    const metric = (await this.#measured(name)) ?? this.#latest.get(name);
    return metric !== undefined && metric.expire > this.#deps.clock.now() ? [metric] : [];
  }

  /** Newest first. */
  alerts(): readonly Alert[] {
    return this.#alerts.toReversed();
  }

  /** Measures everything, and notes what has expired. */
  async check(): Promise<void> {
    for (const name of this.names) {
      if ((await this.#measured(name)) === undefined) this.#checkExpiry(name);
    }
  }

  async #measured(name: string): Promise<Metric | undefined> {
    // what cannot be measured is not announced
    const metric = await measure(this.#deps, this.#config, name).catch(() => undefined);
    if (metric === undefined) return undefined;
    this.#latest.set(name, metric);
    this.#alerted.delete(name);
    return metric;
  }

  #checkExpiry(name: string): void {
    const latest = this.#latest.get(name);
    const now = this.#deps.clock.now();
    if (latest === undefined || latest.expire > now || this.#alerted.has(name)) return;
    this.#alerted.add(name);
    if (this.#alerts.length >= alertsMax) this.#alerts = [];
    this.#alerts.push({ ...latest, triggeredAt: now });
  }
}
