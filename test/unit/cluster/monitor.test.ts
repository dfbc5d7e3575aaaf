// Goal: a metric that can no longer be measured is told until it expires; then there is one alert, until it is back.
// Method: a monitor over a store that stops answering, on a clock that is moved by hand.

import { expect, test } from "bun:test";

import { ManualClock } from "#test/manual-clock";
import { MemoryConnector } from "#test/memory-connector";

import { Monitor } from "../../../src/cluster/monitor.ts";

test("a metric that is not renewed stays until it expires, and is alerted once until it is back", async () => {
  const clock = new ManualClock();
  const connector = new MemoryConnector();
  const stat = { repoSize: 10, storageMax: 100 };
  let isThere = true;
  connector.repoStat = async () => {
    if (!isThere) throw new Error("the node is away");
    return stat;
  };
  const identity = { id: "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M", peername: "p" };
  const monitor = new Monitor({ connector, clock, identity, queueSize: () => 0 });
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
