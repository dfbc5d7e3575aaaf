// Goal: a cluster of one keeps what it promised: rules of pinning, the tracker's states, recovery, expiry, restart.
// Method: the real cluster over a pinset in memory, an IPFS node in memory and a clock that is moved by hand.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import {
  type Cluster,
  type ClusterConfig,
  defaultClusterConfig,
  type IpfsConnector,
} from "#cluster";
import { type CID, defaultPinOptions, parseCid, type PinOptions, trackerStatusBits } from "#model";
import { ClusterGround, content, self } from "#test/cluster-ground";
import { type ManualClock, until } from "#test/manual-clock";
import { MemoryConnector } from "#test/memory-connector";
import type { MemoryKeyspace } from "#test/memory-keyspace";

import { listNodes } from "../../../src/cluster/shard-nodes.ts";

const nobody = parseCid("QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN");

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

async function reopen(config: Partial<ClusterConfig> = {}): Promise<void> {
  await cluster[Symbol.asyncDispose]();
  cluster = ground.open(config);
}

/** Puts a block into the node. */
function here(text: string): CID {
  const { cid, bytes } = content(text);
  connector.blocks.put(cid, bytes);
  return cid;
}

function pin(cid: CID, options: Partial<PinOptions> = {}): ReturnType<Cluster["pin"]> {
  return cluster.pin(cid, { ...defaultPinOptions, ...options });
}

async function statusOf(cid: CID): Promise<string | undefined> {
  return (await cluster.status(cid)).peers[0]?.status;
}

async function statusesOf(filter: number): Promise<string[]> {
  const found: string[] = [];
  for await (const { cid, peers } of cluster.statusAll({ filter })) {
    found.push(`${cid.toString()} ${peers[0]?.status}`);
  }
  return found;
}

describe("a pin", () => {
  test("of content that is here is kept when it is answered", async () => {
    const cid = here("here");
    const answer = await pin(cid, { name: "n", metadata: { a: "b" } });
    expect(answer).toMatchObject({
      name: "n",
      metadata: { a: "b" },
      allocations: [],
      maxDepth: -1,
    });
    expect(answer.replicationFactorMin).toBe(-1);
    expect(connector.records.get(cid.toString())).toBe("recursive");
    expect(await statusOf(cid)).toBe("pinned");
    expect(await cluster.allocation(cid)).toMatchObject({ name: "n", timestamp: clock.now() + 1 });
  });

  test("of content that is elsewhere is pinning until it arrives", async () => {
    const { cid, bytes } = content("later");
    await pin(cid);
    expect(await statusOf(cid)).toBe("pinning");
    connector.arrive(cid, bytes);
    await until(async () => (await statusOf(cid)) === "pinned");
  });

  test("stays pinning with the reason when the peer is offline, and is tried again by recover", async () => {
    await reopen({ isOffline: true });
    const { cid, bytes } = content("later");
    await pin(cid);
    const [info] = (await cluster.status(cid)).peers;
    expect(info).toMatchObject({ status: "pinning", error: "offline" });
    connector.blocks.put(cid, bytes);
    await cluster.recover(cid);
    await until(async () => (await statusOf(cid)) === "pinned");
  });

  test("in direct mode is pinned in every view, and not tried again", async () => {
    const cid = here("direct");
    const answer = await pin(cid, { mode: "direct" });
    expect(answer).toMatchObject({ mode: "direct", maxDepth: 0 });
    expect(connector.records.get(cid.toString())).toBe("direct");
    expect(await statusesOf(0)).toEqual([`${cid.toString()} pinned`]);
    expect(await Array.fromAsync(cluster.recoverAll())).toEqual([]);
  });

  test("in direct mode is content with a recursive record that the node has already", async () => {
    const cid = here("both");
    connector.records.set(cid.toString(), "recursive");
    await pin(cid, { mode: "direct" });
    expect(await statusOf(cid)).toBe("pinned");
    expect(connector.records.get(cid.toString())).toBe("recursive");
  });

  test("with a factor of one is allocated to this peer", async () => {
    const factors = { replicationFactorMin: 1, replicationFactorMax: 1 };
    expect((await pin(here("one"), factors)).allocations).toEqual([self]);
    expect(await cluster.allocate({ ...defaultPinOptions, ...factors })).toEqual([self]);
    expect(await cluster.allocate(defaultPinOptions)).toEqual([self]);
  });

  test("that fails says why, and recover tries it again", async () => {
    const cid = here("bad");
    connector.problems.set(cid.toString(), new Error("disk on fire"));
    await pin(cid);
    const [info] = (await cluster.status(cid)).peers;
    expect(info).toMatchObject({ status: "pin_error", error: "disk on fire", attemptCount: 1 });
    await cluster.recover(cid);
    await until(async () => (await cluster.status(cid)).peers[0]?.attemptCount === 2);
    connector.problems.clear();
    const recovered = await Array.fromAsync(cluster.recoverAll());
    expect(recovered.map((each) => each.cid.toString())).toEqual([cid.toString()]);
    await until(async () => (await statusOf(cid)) === "pinned");
  });

  test("is not written when the pinset cannot take it", async () => {
    pinset.problem = new Error("no space left");
    await expect(pin(here("full"))).rejects.toThrow("no space left");
    expect(connector.records.size).toBe(0);
  });

  test.each([
    [{ expireAt: 1 }, "pin.ExpireAt set before current time"],
    [{ replicationFactorMin: 5 }, "cluster.replication_factor_min is larger than max"],
    [
      { replicationFactorMin: -2, replicationFactorMax: 1 },
      "cluster.replication_factor_min is wrong",
    ],
    [
      { replicationFactorMin: -1, replicationFactorMax: 2 },
      "cluster.replication_factor_min and max must be -1 when one of them is",
    ],
    [
      { replicationFactorMin: 5, replicationFactorMax: 5 },
      "not enough peers to allocate CID. Needed at least: 5. Wanted at most: 5. " +
        "Available candidates: 1. See logs for more info.",
    ],
    [{ pinUpdate: nobody }, "pin is not part of the pinset"],
  ])("with %p is refused and changes nothing", async (options, message) => {
    await expect(pin(here("x"), options)).rejects.toThrow(message);
    expect(pinset.writes).toBe(0);
  });

  test("does not turn from recursive to direct", async () => {
    const cid = here("x");
    await pin(cid);
    await expect(pin(cid, { mode: "direct" })).rejects.toThrow(
      "cannot repin a CID which is already pinned in recursive mode (new pin is pinned as direct). Unpin it first.",
    );
  });

  test("by update takes over options, and leaves the old pin", async () => {
    const [old, next] = [here("old"), here("next")];
    await pin(old, {
      name: "one",
      metadata: { a: "1" },
      replicationFactorMin: 1,
      replicationFactorMax: 1,
    });
    const answer = await pin(next, { pinUpdate: old, name: "two", metadata: { ignored: "yes" } });
    expect(answer).toMatchObject({ name: "two", metadata: { a: "1" }, allocations: [self] });
    expect(answer.pinUpdate?.toString()).toBe(old.toString());
    expect(await statusOf(old)).toBe("pinned");
    expect(await statusOf(next)).toBe("pinned");
  });

  test("on a follower is refused", async () => {
    await reopen({ isFollower: true });
    await expect(pin(here("x"))).rejects.toThrow("follower mode");
    await expect(cluster.unpin(nobody)).rejects.toThrow("follower mode");
    await expect(cluster.allocate(defaultPinOptions)).rejects.toThrow("follower mode");
  });
});

describe("an unpin", () => {
  test("answers the pin and removes it everywhere", async () => {
    const cid = here("x");
    await pin(cid, { name: "n" });
    expect((await cluster.unpin(cid)).name).toBe("n");
    expect(connector.records.size).toBe(0);
    expect(await statusOf(cid)).toBe("unpinned");
    await expect(cluster.unpin(cid)).rejects.toThrow("pin is not part of the pinset");
  });

  test("stops a pin that waits", async () => {
    const { cid, bytes } = content("later");
    await pin(cid);
    await cluster.unpin(cid);
    connector.arrive(cid, bytes);
    expect(await statusOf(cid)).toBe("unpinned");
    expect(connector.records.size).toBe(0);
    expect(connector.running.now).toBe(0);
  });

  test("of an add in shards takes nothing but parts, whatever its list says", async () => {
    const own = here("pinned by somebody");
    await pin(own);
    const root = here("root");
    const [list] = listNodes([own, root]);
    connector.blocks.put(list.cid, list.bytes);
    const part = { options: defaultPinOptions, maxDepth: 0 };
    await cluster.pinPart(list.cid, { ...part, type: "clusterdag", reference: root });
    await cluster.pinPart(root, { ...part, type: "meta", reference: list.cid });
    await cluster.unpin(root);
    const left = await Array.fromAsync(cluster.allocations(), ({ cid }) => cid.toString());
    expect(left).toEqual([own.toString()]);
  });

  test("that fails in the node is kept as an error and retried by recover-all", async () => {
    const cid = here("x");
    await pin(cid);
    connector.problems.set(cid.toString(), new Error("busy"));
    await cluster.unpin(cid);
    expect(await statusesOf(trackerStatusBits.unpin_error)).toEqual([
      `${cid.toString()} unpin_error`,
    ]);
    connector.problems.clear();
    await Array.fromAsync(cluster.recoverAll());
    expect(connector.records.size).toBe(0);
    expect(await statusesOf(trackerStatusBits.unpin_error)).toEqual([]);
  });

  test("and pins of one CID at once leave one state, the last", async () => {
    const cid = here("x");
    const changes = [pin(cid), cluster.unpin(cid), pin(cid), cluster.unpin(cid), pin(cid)];
    await Promise.all(changes);
    expect(await statusOf(cid)).toBe("pinned");
    expect(connector.records.has(cid.toString())).toBe(true);
  });
});

describe("the tracker", () => {
  test("fetches no more than the limit at once, and what is here does not wait for it", async () => {
    const tracker = { ...defaultClusterConfig.tracker, concurrentPins: 3 };
    await reopen({ tracker });
    const far = Array.from({ length: 10 }, (_, index) => content(`far ${index}`));
    await Promise.all(far.map(({ cid }) => pin(cid)));
    expect(connector.running).toEqual({ now: 3, most: 3 });
    expect((await statusesOf(trackerStatusBits.pin_queued)).length).toBe(7);
    expect((await statusesOf(trackerStatusBits.pinning)).length).toBe(3);
    const near = here("near");
    await pin(near);
    expect(await statusOf(near)).toBe("pinned");
    for (const { cid, bytes } of far) connector.arrive(cid, bytes);
    await until(async () => (await statusesOf(trackerStatusBits.pinned)).length === 11);
    expect(connector.running.most).toBe(3);
  });

  test("keeps no more operations than it may", async () => {
    await reopen({ tracker: { ...defaultClusterConfig.tracker, operationsMax: 5 } });
    const bad = Array.from({ length: 8 }, (_, index) => here(`bad ${index}`));
    for (const cid of bad) {
      connector.problems.set(cid.toString(), new Error("no"));
      await pin(cid);
    }
    expect((await statusesOf(trackerStatusBits.pin_error)).length).toBe(5);
    const lost = trackerStatusBits.unexpectedly_unpinned;
    await until(async () => (await statusesOf(lost)).length === 3);
  });

  test("checks after a restart that the node has everything", async () => {
    const [kept, lost] = [here("kept"), here("lost")];
    await pin(kept);
    await pin(lost);
    connector.records.delete(lost.toString());
    connector.calls.length = 0;
    await reopen();
    await until(() => connector.records.size === 2);
    expect(connector.calls).toEqual([`pin local ${lost.toString()}`]);
  });

  test("checks again at its interval", async () => {
    const cid = here("x");
    await pin(cid);
    await until(() => clock.next !== undefined);
    connector.records.clear();
    expect(await statusOf(cid)).toBe("unexpectedly_unpinned");
    clock.advance(defaultClusterConfig.pinRecoverIntervalMs);
    await until(() => connector.records.size === 1);
  });

  test("stops with the peer while pins wait", async () => {
    await pin(nobody);
    await cluster[Symbol.asyncDispose]();
    expect(connector.running.now).toBe(0);
    cluster = ground.open();
    await until(async () => (await statusOf(nobody)) === "pinning");
  });

  test("stops with the peer while the node does not tell what it keeps", async () => {
    await cluster[Symbol.asyncDispose]();
    const stuck: IpfsConnector = new MemoryConnector();
    const isAsked = Promise.withResolvers<void>();
    stuck.pinStatus = (_, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
        isAsked.resolve();
      });
    cluster = ground.open({}, stuck);
    await pin(nobody);
    await isAsked.promise;
  });

  test("answers a POST after the wait limit when the node is slow", async () => {
    const cid = here("slow");
    const { promise, resolve } = Promise.withResolvers<undefined>();
    connector.pinStatus = () => promise;
    const answered = pin(cid);
    await until(() => (clock.next ?? Infinity) <= clock.now() + 10_000);
    clock.advance(10_000);
    await answered;
    expect(connector.records.size).toBe(0);
    resolve(undefined);
    await until(() => connector.records.size === 1);
  });
});

describe("a status", () => {
  test("of an unknown CID is unpinned, with what is open left open", async () => {
    const global = await cluster.status(nobody);
    expect(global).toMatchObject({ allocations: [], created: clock.now(), metadata: {} });
    const local = await cluster.status(nobody, { isLocal: true });
    expect(local).toMatchObject({ allocations: undefined, created: 0 });
    expect(local.peers[0]).toMatchObject({ peer: self, peername: "t0", status: "unpinned" });
  });

  test("tells when the node cannot be asked", async () => {
    const cid = here("x");
    await pin(cid);
    connector.pinStatus = () => Promise.reject(new Error("gone"));
    expect((await cluster.status(cid)).peers[0]).toMatchObject({
      status: "cluster_error",
      error: "gone",
    });
  });

  test("of all is filtered by status", async () => {
    const [pinned, waiting] = [here("pinned"), content("waiting").cid];
    await pin(pinned);
    await pin(waiting);
    const { pinned: pinnedBit, pinning } = trackerStatusBits;
    expect(await statusesOf(pinnedBit)).toEqual([`${pinned.toString()} pinned`]);
    expect(await statusesOf(pinning)).toEqual([`${waiting.toString()} pinning`]);
    expect((await statusesOf(pinnedBit | pinning)).length).toBe(2);
  });

  test("by recover of an unknown CID is an error only when asked of this peer alone", async () => {
    expect((await cluster.recover(nobody)).peers[0]?.status).toBe("unpinned");
    await expect(cluster.recover(nobody, { isLocal: true })).rejects.toThrow(
      "pin is not part of the pinset",
    );
  });
});

describe("expiry", () => {
  test("removes a pin in its second, and not before", async () => {
    const cid = here("x");
    await until(() => clock.next !== undefined);
    await pin(cid, { expireAt: clock.now() + 5500 });
    await until(() => (clock.next ?? Infinity) <= clock.now() + 6000);
    clock.advance(5400);
    expect(await statusOf(cid)).toBe("pinned");
    clock.advance(600);
    await until(async () => (await statusOf(cid)) === "unpinned");
    expect(connector.records.size).toBe(0);
  });

  test("finds after a restart what expired meanwhile", async () => {
    const cid = here("x");
    await pin(cid, { expireAt: clock.now() + 5000 });
    await cluster[Symbol.asyncDispose]();
    clock.advance(6000);
    cluster = ground.open();
    await until(async () => (await statusOf(cid)) === "unpinned");
  });

  test("removes what was added in shards as a whole, and whatever else has expired", async () => {
    await until(() => clock.next !== undefined);
    const [list] = listNodes([here("shard")]);
    connector.blocks.put(list.cid, list.bytes);
    const options = { ...defaultPinOptions, expireAt: clock.now() + 5000 };
    const root = content("root").cid;
    const part = { options, maxDepth: 0, reference: undefined };
    await cluster.pinPart(here("shard"), { ...part, type: "shard" });
    await cluster.pinPart(list.cid, { ...part, type: "clusterdag", reference: root });
    await cluster.pinPart(root, { ...part, type: "meta", reference: list.cid });
    await pin(here("other"), options);
    clock.advance(5000);
    await until(async () => (await Array.fromAsync(cluster.allocations())).length === 0);
    expect(connector.records.size).toBe(0);
  });

  test("lets a renewed pin live", async () => {
    const cid = here("x");
    await until(() => clock.next !== undefined);
    await pin(cid, { expireAt: clock.now() + 5000 });
    await pin(cid);
    clock.advance(defaultClusterConfig.stateSyncIntervalMs);
    await until(() => clock.next !== undefined);
    expect(await statusOf(cid)).toBe("pinned");
  });
});

describe("a cluster of one", () => {
  test("describes itself, its metrics and its garbage", async () => {
    expect(await cluster.id()).toMatchObject({ id: self, clusterPeers: [self], version: "1.1.6" });
    expect((await Array.fromAsync(cluster.peers())).length).toBe(1);
    const [metric] = await cluster.metrics("freespace");
    expect(metric).toMatchObject({ value: "9999999000", weight: 9_999_999_000 });
    expect(await cluster.metrics("nope")).toEqual([]);
    const cid = here("garbage");
    const [collected] = await cluster.repoGc();
    expect(collected?.keys.map(String)).toEqual([cid.toString()]);
  });
});
