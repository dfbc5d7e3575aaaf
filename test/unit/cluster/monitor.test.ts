// Goal: a metric that can no longer be measured is told until it expires; then there is one alert, until it is back.
// Method: a monitor over a store that stops answering, on a clock that is moved by hand.

import { expect, test } from "bun:test";

import { defaultMonitorConfig, type MonitorConfig } from "#cluster";
import { ManualClock } from "#test/manual-clock";
import { MemoryConnector } from "#test/memory-connector";

import { Monitor } from "../../../src/cluster/monitor.ts";

const identity = { id: "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M", peername: "p" };

test("a metric that is not renewed stays until it expires, and is alerted once until it is back", async () => {
  const clock = new ManualClock();
  const connector = new MemoryConnector();
  const stat = { repoSize: 10, storageMax: 100 };
  let isThere = true;
  connector.repoStat = async () => {
    if (!isThere) throw new Error("the node is away");
    return stat;
  };
  const monitor = new Monitor(
    { connector, clock, identity, queueSize: () => 0 },
    defaultMonitorConfig,
  );
  const startedAt = clock.now();

  await monitor.check();
  isThere = false;
  clock.advance(29_999);
  await monitor.check();
  expect(await monitor.metrics("freespace")).toMatchObject([
    { value: "90", receivedAt: startedAt },
  ]);
  expect(monitor.alerts()).toEqual([]);

  clock.advance(1);
  await monitor.check();
  await monitor.check();
  expect(await monitor.metrics("freespace")).toEqual([]);
  const first = { name: "freespace", value: "90", triggeredAt: startedAt + 30_000 };
  expect(monitor.alerts()).toMatchObject([first]);

  isThere = true;
  await monitor.check();
  isThere = false;
  clock.advance(30_000);
  await monitor.check();
  expect(monitor.alerts()).toMatchObject([{ triggeredAt: startedAt + 60_000 }, first]);
  expect(await monitor.metrics("ping")).toHaveLength(1);
  expect(await monitor.metrics("nope")).toEqual([]);
});

test("the disk is looked at once a second, however many ask", async () => {
  const clock = new ManualClock();
  const connector = new MemoryConnector();
  let looks = 0;
  connector.repoStat = async () => {
    looks += 1;
    return { repoSize: looks, storageMax: 100 };
  };
  const monitor = new Monitor(
    { connector, clock, identity, queueSize: () => 0 },
    defaultMonitorConfig,
  );
  const values = async (): Promise<readonly string[]> => {
    const metrics = await Promise.all([1, 2, 3].map(() => monitor.metrics("freespace")));
    return metrics.flat().map(({ value }) => value);
  };
  expect(await values()).toEqual(["99", "99", "99"]);
  clock.advance(999);
  expect(await values()).toEqual(["99", "99", "99"]);
  clock.advance(1);
  expect(await values()).toEqual(["98", "98", "98"]);
  expect(looks).toBe(2);
});

test("informers are what the configuration says: type, times to live, tags, buckets", async () => {
  const clock = new ManualClock();
  const connector = new MemoryConnector();
  connector.repoStat = async () => ({ repoSize: 70, storageMax: 100 });
  const deps = { connector, clock, identity, queueSize: () => 250 };
  const open = (config: Partial<MonitorConfig>) =>
    new Monitor(deps, { ...defaultMonitorConfig, ...config });

  const monitor = open({
    pingTtlMs: 10,
    disk: { ttlMs: 20, type: "reposize" },
    pinqueue: { ttlMs: 30, weightBucketSize: 100 },
    tags: { ttlMs: 40, tags: { zone: "a", group: "g" } },
  });
  expect(monitor.names).toEqual(["ping", "pinqueue", "reposize", "tag:group", "tag:zone"]);
  const now = clock.now();
  expect(await monitor.metrics("ping")).toMatchObject([{ expire: now + 10, weight: 0 }]);
  const size = { value: "70", weight: -70, expire: now + 20, isPartitionable: false };
  expect(await monitor.metrics("reposize")).toMatchObject([size]);
  const queue = { value: "250", weight: -2, expire: now + 30 };
  expect(await monitor.metrics("pinqueue")).toMatchObject([queue]);
  const zone = { value: "a", weight: 0, isPartitionable: true, expire: now + 40 };
  expect(await monitor.metrics("tag:zone")).toMatchObject([zone]);
  expect(await monitor.metrics("freespace")).toEqual([]);

  const bare = open({ disk: undefined, pinqueue: undefined, tags: undefined });
  expect(bare.names).toEqual(["ping"]);
  expect(await bare.metrics("tag:group")).toEqual([]);
});

test("a full disk tells no free space", async () => {
  const connector = new MemoryConnector();
  connector.repoStat = async () => ({ repoSize: 101, storageMax: 100 });
  const deps = { connector, clock: new ManualClock(), identity, queueSize: () => 0 };
  expect(await new Monitor(deps, defaultMonitorConfig).metrics("freespace")).toEqual([]);
});
