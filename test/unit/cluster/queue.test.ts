// Goal: what waits to be pinned waits in the right order and in little memory, however much it is (cluster 6.3).
// Method: the real cluster over a pinset and a node in memory, with room for a few operations; a clock moved by hand.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import {
  type Cluster,
  type ClusterConfig,
  defaultClusterConfig,
  openLocalConsensus,
  type TrackerConfig,
} from "#cluster";
import { type CID, defaultPinOptions, type Pin, trackerStatusBits } from "#model";
import { ClusterGround, content, self } from "#test/cluster-ground";
import { putFile } from "#test/handmade-dag";
import { type ManualClock, until } from "#test/manual-clock";
import type { MemoryConnector } from "#test/memory-connector";
import type { MemoryKeyspace } from "#test/memory-keyspace";
import { pinOf } from "#test/test-pins";

const other = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";
const day = 86_400_000;

let ground: ClusterGround;
let clock: ManualClock;
let pinset: MemoryKeyspace;
let connector: MemoryConnector;
let cluster: Cluster;

beforeEach(() => {
  ground = new ClusterGround();
  ({ clock, pinset, connector } = ground);
  cluster = ground.open();
});

afterEach(() => cluster[Symbol.asyncDispose]());

function open(tracker: Partial<TrackerConfig> = {}, config: Partial<ClusterConfig> = {}): Cluster {
  return ground.open({ ...config, tracker: { ...defaultClusterConfig.tracker, ...tracker } });
}

async function reopen(
  tracker: Partial<TrackerConfig>,
  config: Partial<ClusterConfig> = {},
): Promise<void> {
  await cluster[Symbol.asyncDispose]();
  cluster = open(tracker, config);
}

const contents = (count: number) =>
  Array.from({ length: count }, (_, index) => content(`content ${index}`));

/** An entry of the pinset as it was before the start. */
async function stored(cid: CID, changes: Partial<Pin> = {}): Promise<void> {
  const factors = { replicationFactorMin: -1, replicationFactorMax: -1 };
  const pin = pinOf(cid, { ...factors, timestamp: clock.now(), ...changes });
  await openLocalConsensus(pinset, self).logPin(pin);
}

async function infoOf(cid: CID): Promise<Record<string, unknown>> {
  return { ...(await cluster.status(cid)).peers[0] };
}

async function countOf(filter: number): Promise<number> {
  return (await Array.fromAsync(cluster.statusAll({ filter }))).length;
}

/** CIDs that the node was asked to fetch, in order. */
function fetched(): readonly string[] {
  return connector.calls.flatMap((call) => (call.startsWith("pin baf") ? [call.slice(4)] : []));
}

const { pin_queued: queued, pinned, pinning, pin_error: failed } = trackerStatusBits;

describe("a queue that is too small", () => {
  test("leaves the rest in the pinset as queued, and comes to it when there is room", async () => {
    const all = contents(40);
    await reopen({ operationsMax: 4, concurrentPins: 2 });
    for (const { cid } of all) await cluster.pin(cid, defaultPinOptions);
    expect(await countOf(pinning)).toBe(2);
    expect(await countOf(queued)).toBe(38);
    for (const { cid, bytes } of all) connector.arrive(cid, bytes);
    await until(async () => (await countOf(pinned)) === 40);
    expect(connector.running.most).toBe(2);
    await until(async () => (await countOf(queued)) === 0);
  });

  test("fails one more than max_pin_queue_size, in IPFS Cluster's words, and recover queues it", async () => {
    const all = contents(4);
    await reopen({ maxPinQueueSize: 2, concurrentPins: 1 });
    for (const { cid } of all) await cluster.pin(cid, defaultPinOptions);
    const last = all[3] ?? content("");
    expect(await infoOf(last.cid)).toMatchObject({
      status: "pin_error",
      error: "pin/unpin operation queue is full. Try increasing max_pin_queue_size",
    });
    expect(await countOf(failed)).toBe(1);
    for (const { cid, bytes } of all) connector.arrive(cid, bytes);
    await until(async () => (await countOf(pinned)) === 3);
    await cluster.recover(last.cid);
    await until(async () => (await countOf(pinned)) === 4);
  });
});

describe("after a restart", () => {
  test("what the node lacks is queued until it is looked for, a piece of the pinset at a time", async () => {
    await cluster[Symbol.asyncDispose]();
    const all = contents(30);
    for (const { cid } of all) await stored(cid);
    cluster = open({ operationsMax: 6, concurrentPins: 1 });
    const status = (await infoOf(all[0]?.cid ?? content("").cid))["status"];
    expect(["pin_queued", "pinning"]).toContain(String(status));
    await until(async () => (await countOf(pinning)) === 1);
    expect(await countOf(queued)).toBe(29);
    for (const { cid, bytes } of all) connector.arrive(cid, bytes);
    await until(async () => (await countOf(pinned)) === 30);
  });

  test("new pins are fetched before old ones", async () => {
    await cluster[Symbol.asyncDispose]();
    const all = contents(12);
    const fresh = all.filter((_, index) => index % 3 === 0);
    for (const [index, { cid }] of all.entries()) {
      await stored(cid, { timestamp: clock.now() - (index % 3 === 0 ? 1000 : 2 * day) });
    }
    cluster = open({ concurrentPins: 1 });
    await until(() => cluster.pinCounts().queued === 11 && fetched().length === 1);
    for (const { cid, bytes } of all) connector.arrive(cid, bytes);
    await until(async () => (await countOf(pinned)) === 12);
    const first = fetched().slice(0, fresh.length).toSorted();
    expect(first).toEqual(fresh.map(({ cid }) => cid.toString()).toSorted());
  });

  test("a pin that is allocated to others is remote, and nothing is done for it", async () => {
    await cluster[Symbol.asyncDispose]();
    const { cid } = content("theirs");
    const factors = { replicationFactorMin: 1, replicationFactorMax: 1 };
    await stored(cid, { ...factors, allocations: [other] });
    cluster = open();
    expect(await infoOf(cid)).toMatchObject({ status: "remote", attemptCount: 0 });
    const next = content("theirs too");
    await cluster.pin(next.cid, { ...defaultPinOptions, pinUpdate: cid });
    expect(await infoOf(next.cid)).toMatchObject({ status: "remote" });
    expect(fetched()).toEqual([]);
  });
});

describe("a pin", () => {
  test("is of priority while it is young and has failed seldom", async () => {
    const { cid, bytes } = content("bad");
    connector.blocks.put(cid, bytes);
    connector.problems.set(cid.toString(), new Error("no"));
    await reopen({ priorityPinMaxRetries: 2 });
    await cluster.pin(cid, defaultPinOptions);
    for (const [attemptCount, isPriority] of [
      [1, true],
      [2, true],
      [3, true],
      [4, false],
    ] as const) {
      await until(async () => (await infoOf(cid))["attemptCount"] === attemptCount);
      expect(await infoOf(cid)).toMatchObject({ status: "pin_error", isPriority });
      await cluster.recover(cid);
    }
  });

  test("of which a part is here is fetched in its turn, as one of which nothing is", async () => {
    await reopen({ concurrentPins: 1 });
    const leaf = content("leaf");
    const part = putFile(connector.blocks, [{ cid: leaf.cid, size: 1 }]);
    const [first, second] = [content("first"), content("second")];
    for (const cid of [first.cid, second.cid, part]) await cluster.pin(cid, defaultPinOptions);
    for (const { cid, bytes } of [first, second, leaf]) connector.arrive(cid, bytes);
    await until(async () => (await countOf(pinned)) === 3);
    expect(fetched()).toEqual([first.cid, second.cid, part].map(String));
  });

  test("may turn from direct to recursive, and then has all below it", async () => {
    const { cid, bytes } = content("both");
    connector.blocks.put(cid, bytes);
    await cluster.pin(cid, { ...defaultPinOptions, mode: "direct" });
    expect(connector.records.get(cid.toString())).toBe("direct");
    await cluster.pin(cid, defaultPinOptions);
    expect(connector.records.get(cid.toString())).toBe("recursive");
    expect(await infoOf(cid)).toMatchObject({ status: "pinned" });
  });

  test("that waits is pinned again with other options without losing its turn's content", async () => {
    const { cid, bytes } = content("later");
    await cluster.pin(cid, { ...defaultPinOptions, name: "one" });
    await cluster.pin(cid, { ...defaultPinOptions, name: "two", metadata: { a: "b" } });
    expect(connector.running.now).toBe(1);
    connector.arrive(cid, bytes);
    await until(async () => (await infoOf(cid))["status"] === "pinned");
    expect(await cluster.allocation(cid)).toMatchObject({ name: "two", metadata: { a: "b" } });
  });

  test("on an offline peer takes no memory while its content is not here, and says so", async () => {
    await reopen({ operationsMax: 2 }, { isOffline: true });
    const all = contents(10);
    for (const { cid } of all) await cluster.pin(cid, defaultPinOptions);
    expect(await countOf(pinning)).toBe(10);
    const [first = content("")] = all;
    expect(await infoOf(first.cid)).toMatchObject({ status: "pinning", error: "offline" });
    for (const { cid, bytes } of all) connector.arrive(cid, bytes);
    await until(async () => (await infoOf(first.cid))["status"] === "unexpectedly_unpinned");
    clock.advance(defaultClusterConfig.pinRecoverIntervalMs);
    await until(async () => (await countOf(pinned)) === 10);
  });
});

test("an unpin that the node refused is tried again at the recovery's interval", async () => {
  const { cid, bytes } = content("x");
  connector.blocks.put(cid, bytes);
  await cluster.pin(cid, defaultPinOptions);
  connector.problems.set(cid.toString(), new Error("busy"));
  await cluster.unpin(cid);
  expect(await infoOf(cid)).toMatchObject({ status: "unpin_error", error: "busy" });
  connector.problems.clear();
  clock.advance(defaultClusterConfig.pinRecoverIntervalMs);
  await until(async () => (await infoOf(cid))["status"] === "unpinned");
  expect(connector.records.size).toBe(0);
});

test("a follower keeps what the pinset has, and tries again what was lost", async () => {
  const { cid, bytes } = content("x");
  connector.blocks.put(cid, bytes);
  await cluster[Symbol.asyncDispose]();
  await stored(cid);
  cluster = open({}, { isFollower: true });
  await until(async () => (await infoOf(cid))["status"] === "pinned");
  connector.records.clear();
  await cluster.recover(cid);
  await until(async () => (await infoOf(cid))["status"] === "pinned");
});
