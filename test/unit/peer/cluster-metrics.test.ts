// Goal: metrics of the cluster are true however it is configured. Method: a cluster in memory behind the registry.

import { expect, test } from "bun:test";

import { defaultMonitorConfig } from "#cluster";
import { MetricRegistry } from "#lib";
import { ClusterGround } from "#test/cluster-ground";

import { addClusterMetrics } from "../../../src/peer/metrics/cluster-metrics.ts";

test.each([
  ["freespace", 90],
  ["reposize", -10],
] as const)("the disk informer's weight is that of %s", async (type, weight) => {
  const ground = new ClusterGround();
  const { clock, connector } = ground;
  connector.repoStat = async () => ({ repoSize: 10, storageMax: 100 });
  const disk = { ttlMs: 30_000, type };
  await using cluster = ground.open({ monitor: { ...defaultMonitorConfig, disk } });
  const registry = new MetricRegistry();
  const deps = { cluster, connector, clock, countPins: async () => 0 };
  addClusterMetrics(registry, deps, 0);
  const text = await registry.text((name, error) => {
    throw new Error(`${name} could not be measured`, { cause: error });
  });
  expect(text).toContain(`\nipfscluster_informer_disk ${weight}\n`);
});
