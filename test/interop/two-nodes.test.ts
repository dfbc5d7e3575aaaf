// Goal: two and three whole nodes of ours work together, as users see it: they pin from one another, read what is elsewhere,
// find each other by the DHT alone, resolve each other's names, and stand that somebody collects, cancels or vanishes in the
// middle. Method: nodes with everything (store, host, exchange, routing, names) in one process, over memory and over TCP; a
// slow line between them where something is to happen in the middle. What arrived is compared as a CAR.

import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";

import { exportCar, readFile, walkDag } from "#dag";
import type { BlockSource, CID } from "#model";
import { eventually } from "#test/eventually";
import { type FullNode, openFullNode } from "#test/full-node";
import { type LossyProxy, openLossyProxy } from "#test/lossy-proxy";
import { openTestHost } from "#test/net-host";
import { numberedBlock } from "#test/test-blocks";

setDefaultTimeout(30_000); // a machine that may be busy

const mib = 1024 * 1024;
const bytesOf = (number: number, size: number): Uint8Array => numberedBlock(number, size).bytes;

/** SHA-256 of the DAG as a CAR. */
async function digestOf(source: BlockSource, root: CID): Promise<string> {
  const digest = createHash("sha256");
  for await (const piece of exportCar(source, root)) digest.update(piece);
  return digest.digest("hex");
}

async function expectSame(one: FullNode, other: FullNode, root: CID): Promise<void> {
  expect(await digestOf(one.ipfs.localSource, root)).toBe(
    await digestOf(other.ipfs.localSource, root),
  );
}

async function read(
  source: BlockSource,
  root: CID,
  range?: { readonly offset: number; readonly length: number },
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readFile(source, root, range)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Connects through a line that lets half a megabyte through in a second. */
async function connectSlowly(from: FullNode, to: FullNode): Promise<LossyProxy> {
  const port = Number(to.address.split("/")[4]);
  const proxy = await openLossyProxy({ port, bytesPerSecond: mib / 2 });
  await from.host.connect(to.address.replace(`/tcp/${port}`, `/tcp/${proxy.port}`));
  return proxy;
}

const blocksHere = (node: FullNode, root: CID): number =>
  node.ipfs.pins.progress(root)?.blocks ?? 0;

async function providersOf(root: CID, asker: FullNode): Promise<readonly string[]> {
  const found = await Array.fromAsync(asker.routing.findProviders(root, { max: 3 }));
  return found.map(({ peer }) => peer);
}

let addresses = 0;
const listeners = {
  memory: () => `/memory/two-nodes-${(addresses += 1)}`,
  TCP: () => "/ip4/127.0.0.1/tcp/0",
} as const;

for (const [transport, listen] of Object.entries(listeners)) {
  describe(`over ${transport}`, () => {
    test("two nodes pin from one another at the same time", async () => {
      await using one = await openFullNode({ listen: [listen()] });
      await using other = await openFullNode({ listen: [listen()] });
      const tree = { a: bytesOf(1, 3 * mib), b: { c: "small", d: bytesOf(2, mib) } };
      const [ofOne, ofOther] = await Promise.all([one.add(bytesOf(3, 5 * mib)), other.add(tree)]);
      await one.host.connect(other.address);
      await Promise.all([one.ipfs.pins.add(ofOther), other.ipfs.pins.add(ofOne)]);
      await expectSame(one, other, ofOne);
      await expectSame(one, other, ofOther);
      expect(await one.ipfs.pins.get(ofOther)).toBeDefined();
    });

    test("a file that is elsewhere is read, whole and in part", async () => {
      const content = bytesOf(4, 4 * mib);
      await using one = await openFullNode({ listen: [listen()] });
      await using other = await openFullNode({ listen: [listen()] });
      const root = await one.add(content);
      await other.host.connect(one.address);
      const range = { offset: 2_500_000, length: 100_000 };
      const part = await read(other.ipfs.source, root, range);
      expect(part.equals(content.subarray(2_500_000, 2_600_000))).toBe(true);
      expect((await read(other.ipfs.source, root)).equals(content)).toBe(true);
      // what was read is here now
      await one[Symbol.asyncDispose]();
      expect((await read(other.ipfs.localSource, root)).equals(content)).toBe(true);
    });

    test("a node passes on what it is still fetching", async () => {
      await using first = await openFullNode({ listen: [listen()] });
      await using middle = await openFullNode({ listen: [listen()] });
      await using last = await openFullNode({ listen: [listen()] });
      await middle.host.connect(first.address);
      await last.host.connect(middle.address);
      const root = await first.add(bytesOf(5, 4 * mib));
      const pinned = last.ipfs.pins.add(root);
      await eventually(() => middle.exchange.wantlist(last.id).length > 0);
      await Promise.all([pinned, middle.ipfs.pins.add(root)]);
      expect(last.host.isConnected(first.id)).toBe(false);
      await expectSame(first, last, root);
    });
  });
}

describe("in the middle of a fetch", () => {
  test("a collection leaves what is being fetched, and takes the rest", async () => {
    await using giver = await openFullNode();
    await using taker = await openFullNode();
    const root = await giver.add(bytesOf(6, mib));
    const rubbish = await taker.add(bytesOf(7, mib));
    await using _ = await connectSlowly(taker, giver);
    const pinned = taker.ipfs.pins.add(root);
    const removed = new Set<string>();
    let collections = 0;
    await eventually(() => blocksHere(taker, root) > 0);
    while (taker.ipfs.pins.progress(root) !== undefined) {
      for await (const cid of taker.ipfs.collectGarbage()) removed.add(cid.toString());
      collections += 1;
    }
    await pinned;
    for await (const cid of taker.ipfs.collectGarbage()) removed.add(cid.toString());
    expect(collections).toBeGreaterThan(1);
    await expectSame(giver, taker, root);
    expect(await taker.ipfs.localSource.has(rubbish)).toBe(false);
    for await (const { cid } of walkDag(taker.ipfs.localSource, root)) {
      expect(removed.has(cid.toString())).toBe(false);
    }
  });

  test("a cancelled one leaves nothing running on either side", async () => {
    await using giver = await openFullNode();
    await using taker = await openFullNode();
    const root = await giver.add(bytesOf(8, 8 * mib));
    await using _ = await connectSlowly(taker, giver);
    const cancel = new AbortController();
    const pinned = taker.ipfs.pins.add(root, { signal: cancel.signal });
    pinned.catch(() => undefined);
    await eventually(() => blocksHere(taker, root) > 0);
    cancel.abort(new Error("no longer wanted"));
    await expect(pinned).rejects.toThrow("no longer wanted");
    expect(taker.exchange.wantlist()).toEqual([]);
    expect(taker.ipfs.pins.progress(root)).toBeUndefined();
    expect(await taker.ipfs.pins.get(root)).toBeUndefined();
    await eventually(() => giver.exchange.wantlist(taker.id).length === 0);
    // it goes on where it was, by another way too
    await taker.host.disconnect(giver.id);
    await taker.host.connect(giver.address);
    const { blocksReceived } = taker.exchange.stat();
    await taker.ipfs.pins.add(root);
    await expectSame(giver, taker, root);
    const { blocks } = await giver.ipfs.blocks.stat();
    expect(taker.exchange.stat().blocksReceived - blocksReceived).toBeLessThan(blocks);
  });

  test("a node that vanishes is replaced by one that has the rest", async () => {
    const giver = await openFullNode();
    await using taker = await openFullNode();
    await using heir = await openFullNode();
    const root = await giver.add(bytesOf(9, 3 * mib));
    const blocks = await Array.fromAsync(walkDag(giver.ipfs.localSource, root));
    const digest = await digestOf(giver.ipfs.localSource, root);
    await using _ = await connectSlowly(taker, giver);
    await taker.host.connect(heir.address);
    const pinned = taker.ipfs.pins.add(root);
    await eventually(() => blocksHere(taker, root) > 1);
    await giver[Symbol.asyncDispose]();
    await eventually(() => !taker.host.isConnected(giver.id));
    let inherited = 0;
    await using writer = heir.ipfs.openWriter();
    for (const { cid, bytes } of blocks) {
      if (await taker.ipfs.localSource.has(cid)) continue;
      await writer.put(cid, bytes);
      inherited += 1;
    }
    await writer.flush();
    await pinned;
    expect(inherited).toBeGreaterThan(0);
    expect(inherited).toBeLessThan(blocks.length);
    expect(await digestOf(taker.ipfs.localSource, root)).toBe(digest);
  });
});

/** By the DHT itself: routing remembers for a while that nobody had something. */
async function isToldOf(node: FullNode, root: CID, provider: string): Promise<boolean> {
  const found = node.host.dht?.findProviders(root.multihash.bytes) ?? [];
  for await (const { peer } of found) if (peer === provider) return true;
  return false;
}

describe("by the DHT alone", () => {
  let hub: FullNode;
  let one: FullNode;
  let other: FullNode;

  beforeAll(async () => {
    const dht = { hasDht: true } as const;
    [hub, one, other] = await Promise.all([
      openFullNode(dht),
      openFullNode(dht),
      openFullNode(dht),
    ]);
    await Promise.all([one.host.connect(hub.address), other.host.connect(hub.address)]);
    await eventually(() => [one, other].every(({ host }) => (host.dht?.size ?? 0) > 0));
    await eventually(() => hub.host.dht?.size === 2);
  });
  afterAll(async () => {
    await Promise.all([hub, one, other].map((node) => node[Symbol.asyncDispose]()));
  });

  test("a new pin is told to the network without being asked", async () => {
    const root = await one.add({ pinned: bytesOf(11, mib) });
    await one.ipfs.pins.add(root);
    await eventually(() => isToldOf(hub, root, one.id));
  });

  test("a provider is found and fetched from", async () => {
    const root = await one.add({ folder: { file: bytesOf(10, 2 * mib) } });
    await one.routing.provide(root);
    await other.host.disconnect(one.id);
    expect(other.host.isConnected(one.id)).toBe(false);
    expect(await providersOf(root, other)).toContain(one.id);
    await other.ipfs.pins.add(root);
    expect(other.host.isConnected(one.id)).toBe(true);
    await expectSame(one, other, root);
  });

  test("what the announcer has told is found and read by somebody new", async () => {
    const content = bytesOf(12, mib);
    const root = await other.add(content);
    other.routing.announcer.enqueue(root);
    await eventually(() => isToldOf(hub, root, other.id));
    await using stranger = await openFullNode({ hasDht: true });
    await stranger.host.connect(hub.address);
    await eventually(() => (stranger.host.dht?.size ?? 0) > 0);
    expect(await providersOf(root, stranger)).toContain(other.id);
    expect((await read(stranger.ipfs.source, root)).equals(content)).toBe(true);
  });

  test("a name that one publishes is resolved by the other, and the next value too", async () => {
    const [first, second] = [await one.add({ a: "1" }), await one.add({ a: "2" })];
    for (const root of [first, second]) {
      await one.ipfs.names.publish(`/ipfs/${root.toString()}`, { ttlMs: 0 });
      const resolved = await other.ipfs.names.resolve(`/ipns/${one.id}`, { isCacheSkipped: true });
      expect(resolved.path).toBe(`/ipfs/${root.toString()}`);
    }
  });
});

test("a direct address is used when there is only a limited relay", async () => {
  await using relay = await openTestHost({ relayService: true });
  const [relayAddress = ""] = relay.addresses();
  await using giver = await openFullNode({ relayClient: true });
  await using taker = await openFullNode({ relayClient: true });
  await giver.host.connect(relayAddress);
  const through = await eventually(() =>
    giver.host.addresses().find((address) => address.includes("/p2p-circuit")),
  );
  expect(await taker.host.connect(through)).toMatchObject({ isLimited: true });
  const root = await giver.add(bytesOf(12, mib));
  await taker.ipfs.pins.add(root, { origins: [giver.address] });
  await expectSame(giver, taker, root);
});
