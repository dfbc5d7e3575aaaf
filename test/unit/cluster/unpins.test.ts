// Goal: unpins that the node refuses, or does not answer, are lost to nobody and stand in nobody's way.
// Method: the real cluster with room for a few operations, an IPFS node in memory that fails or hangs, a clock moved by hand.

import { afterEach, beforeEach, expect, test } from "bun:test";

import { type Cluster, defaultClusterConfig, type IpfsConnector } from "#cluster";
import { type CID, defaultPinOptions, trackerStatusBits } from "#model";
import { ClusterGround, content } from "#test/cluster-ground";
import { until } from "#test/manual-clock";
import { MemoryConnector } from "#test/memory-connector";

let ground: ClusterGround;
let cluster: Cluster;

beforeEach(() => {
  ground = new ClusterGround();
  cluster = ground.open({ tracker: { ...defaultClusterConfig.tracker, operationsMax: 4 } });
});

afterEach(() => cluster[Symbol.asyncDispose]());

const { unpin_error: refused, pinned } = trackerStatusBits;

async function pinHere(text: string): Promise<CID> {
  const { cid, bytes } = content(text);
  ground.connector.blocks.put(cid, bytes);
  await cluster.pin(cid, defaultPinOptions);
  return cid;
}

function refuse(cid: CID): void {
  ground.connector.problems.set(cid.toString(), new Error("busy"));
}

async function countOf(filter: number): Promise<number> {
  return (await Array.fromAsync(cluster.statusAll({ filter }))).length;
}

/** Unpins as many as there is room for operations, and twice as many again, of a node that is busy. */
async function refuseMany(): Promise<readonly CID[]> {
  const cids: CID[] = [];
  for (let number = 0; number < 12; number += 1) cids.push(await pinHere(`content ${number}`));
  for (const cid of cids) {
    refuse(cid);
    await cluster.unpin(cid);
  }
  return cids;
}

test("recover-all tries an unpin once, also when it is refused again", async () => {
  const cid = await pinHere("x");
  refuse(cid);
  await cluster.unpin(cid);
  const tried: string[] = [];
  for await (const { peers } of cluster.recoverAll()) {
    tried.push(String(peers[0]?.status));
    if (tried.length > 3) break;
  }
  expect(tried).toEqual(["unpin_error"]);
});

test("refused unpins take no more memory than there is room, and leave room for pins", async () => {
  await refuseMany();
  expect(await countOf(refused)).toBe(4);
  const later = content("later");
  await cluster.pin(later.cid, defaultPinOptions);
  expect((await cluster.status(later.cid)).peers[0]?.status).toBe("pinning");
  ground.connector.arrive(later.cid, later.bytes);
  await until(async () => (await countOf(pinned)) === 1);
});

test("all that were refused are done by the next recovery, also those that are not in memory", async () => {
  await refuseMany();
  expect(ground.connector.records.size).toBe(12);
  ground.connector.problems.clear();
  ground.clock.advance(defaultClusterConfig.pinRecoverIntervalMs);
  await until(() => ground.connector.records.size === 0);
  await until(async () => (await Array.fromAsync(ground.unpins.entries())).length === 0);
});

test("a peer stops while the node does not answer an unpin, which is done after the next start", async () => {
  const cid = await pinHere("x");
  await cluster[Symbol.asyncDispose]();
  const stuck: IpfsConnector = new MemoryConnector();
  const isAsked = Promise.withResolvers<void>();
  stuck.unpin = (_, options) =>
    new Promise((_resolve, reject) => {
      options?.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      isAsked.resolve();
    });
  cluster = ground.open({}, stuck);
  const unpinned = cluster.unpin(cid);
  await isAsked.promise;
  await cluster[Symbol.asyncDispose]();
  await unpinned;
  expect(ground.connector.records.size).toBe(1);
  cluster = ground.open();
  await until(() => ground.connector.records.size === 0);
});
