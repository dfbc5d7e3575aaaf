// Goal: a pin that nobody has gives its place to others in time, and what a crash leaves between the pinset and the node
// is done at the next start. Method: the real cluster, an IPFS node in memory, a clock that is moved by hand.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { type Cluster, defaultClusterConfig, openUnpinJournal } from "#cluster";
import { type CID, defaultPinOptions } from "#model";
import { ClusterGround, content } from "#test/cluster-ground";
import { putFile } from "#test/handmade-dag";
import { type ManualClock, until } from "#test/manual-clock";
import { MemoryConnector } from "#test/memory-connector";
import type { MemoryKeyspace } from "#test/memory-keyspace";

const minute = 60_000;

let ground: ClusterGround;
let clock: ManualClock;
let pinset: MemoryKeyspace;
let unpins: MemoryKeyspace;
let connector: MemoryConnector;
let cluster: Cluster;

beforeEach(() => {
  ground = new ClusterGround();
  ({ clock, pinset, unpins, connector } = ground);
  cluster = ground.open();
});

afterEach(() => cluster[Symbol.asyncDispose]());

function pin(cid: CID): ReturnType<Cluster["pin"]> {
  return cluster.pin(cid, defaultPinOptions);
}

async function infoOf(cid: CID): Promise<{ readonly status?: string; readonly error?: string }> {
  return (await cluster.status(cid)).peers[0] ?? {};
}

/** Lets time pass in steps, so that whoever wakes may sleep again. */
async function pass(ms: number): Promise<void> {
  await turns();
  for (let left = ms; left > 0; left -= minute) {
    clock.advance(Math.min(left, minute));
    await turns();
  }
}

async function turns(): Promise<void> {
  let turn = 0;
  await until(() => (turn += 1) > 20);
}

describe("a pin that nobody has", () => {
  test("fails after the time-out with the reason, and is tried again by the next recovery", async () => {
    const { cid, bytes } = content("rare");
    await pin(cid);
    await pass(1.5 * minute);
    expect(await infoOf(cid)).toMatchObject({ status: "pinning" });
    await pass(minute);
    expect(await infoOf(cid)).toMatchObject({
      status: "pin_error",
      error: "context deadline exceeded: no block came for 2m0s: no provider was found yet",
      attemptCount: 1,
    });
    await pass(10 * minute);
    expect(await infoOf(cid)).toMatchObject({ status: "pinning", attemptCount: 2 });
    connector.arrive(cid, bytes);
    await until(async () => (await infoOf(cid)).status === "pinned");
  });

  test("makes room for others", async () => {
    await cluster[Symbol.asyncDispose]();
    cluster = ground.open({ tracker: { ...defaultClusterConfig.tracker, concurrentPins: 1 } });
    const [rare, other] = [content("rare"), content("other")];
    await pin(rare.cid);
    await pin(other.cid);
    connector.arrive(other.cid, other.bytes);
    expect(await infoOf(other.cid)).toMatchObject({ status: "pin_queued" });
    await pass(2.5 * minute);
    await until(async () => (await infoOf(other.cid)).status === "pinned");
  });

  test("is given more time by every block that comes", async () => {
    const leaves = ["a", "b", "c"].map(content);
    const root = putFile(
      { put: (cid, bytes) => connector.arrive(cid, bytes) },
      leaves.map(({ cid }) => ({ cid, size: 1 })),
    );
    await pin(root);
    for (const { cid, bytes } of leaves.toReversed()) {
      await pass(1.5 * minute);
      expect(await infoOf(root)).toMatchObject({ status: "pinning" });
      connector.arrive(cid, bytes);
    }
    await until(async () => (await infoOf(root)).status === "pinned");
  });
});

describe("an unpin", () => {
  test("that a crash has cut off after the pinset is finished at the next start", async () => {
    const { cid, bytes } = content("x");
    connector.blocks.put(cid, bytes);
    await pin(cid);
    const crashed = new MemoryConnector();
    const never = Promise.withResolvers<void>();
    crashed.unpin = () => never.promise;
    await cluster[Symbol.asyncDispose]();
    cluster = ground.open({}, crashed);
    const unpinned = cluster.unpin(cid);
    await until(async () => (await pinset.get(cid.bytes)) === undefined);
    expect(connector.records.size).toBe(1);
    const next = ground.open();
    await until(() => connector.records.size === 0);
    expect(await Array.fromAsync(unpins.entries())).toEqual([]);
    await next[Symbol.asyncDispose]();
    never.resolve();
    await unpinned;
  });

  test("that was noted but not done leaves a pin alone", async () => {
    const { cid, bytes } = content("x");
    connector.blocks.put(cid, bytes);
    await pin(cid);
    await cluster[Symbol.asyncDispose]();
    await openUnpinJournal(unpins).add(cid);
    cluster = ground.open();
    await until(async () => (await Array.fromAsync(unpins.entries())).length === 0);
    expect(connector.records.size).toBe(1);
    expect(await infoOf(cid)).toMatchObject({ status: "pinned" });
  });

  test("leaves nothing in the journal", async () => {
    const { cid, bytes } = content("x");
    connector.blocks.put(cid, bytes);
    await pin(cid);
    await cluster.unpin(cid);
    expect(await Array.fromAsync(unpins.entries())).toEqual([]);
  });

  test("takes nothing that the node keeps for others", async () => {
    const { cid } = content("a pin of somebody else");
    connector.records.set(cid.toString(), "recursive");
    await cluster[Symbol.asyncDispose]();
    cluster = ground.open();
    await pass(minute);
    expect(connector.records.size).toBe(1);
  });
});
