// Goal: a pin fetches what is missing: all of it, fast, each block once, safe from collections, and leaves nothing
// running when it ends. Method: the real store in a temp folder; other nodes are a fake exchange with delays.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { cidOf, walkDag } from "#dag";
import { silentLogger, systemClock } from "#lib";
import { type BlockSink, type CID, codec } from "#model";
import { openStore, type Store, type StoreOptions } from "#storage";
import { eventually } from "#test/eventually";
import { FakeExchange, type PeerContent } from "#test/fake-exchange";
import { MadeDag } from "#test/made-dag";
import { until } from "#test/manual-clock";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

import { collectGarbage } from "../../../src/ipfs/collect.ts";
import type { FetchBounds } from "../../../src/ipfs/fetch/bounds.ts";
import { type Fetching, openFetching } from "../../../src/ipfs/fetch/open-fetching.ts";
import type { OpenExchange } from "../../../src/ipfs/fetch/types.ts";
import { FilesRoot } from "../../../src/ipfs/files-root.ts";
import { KeyspacePinRecords } from "../../../src/ipfs/pin-records.ts";

const dag = new MadeDag({ leaves: 2000, leafBytes: 128 });

let folder: TempFolder;
let store: Store;
let exchange: FakeExchange;
let fetching: Fetching;
let pins: KeyspacePinRecords;

beforeEach(async () => {
  folder = makeTempFolder();
  exchange = new FakeExchange();
  await open();
});

afterEach(async () => {
  await close();
  folder[Symbol.dispose]();
});

async function open(
  how: {
    readonly bounds?: Partial<FetchBounds>;
    readonly store?: Partial<StoreOptions>;
    readonly exchange?: OpenExchange;
  } = {},
): Promise<void> {
  store = await openStore(folder.path, { engine: "log", storageMaxBytes: 1e10, ...how.store });
  const opened = how.exchange ?? ((): Promise<FakeExchange> => Promise.resolve(exchange));
  const deps = { blocks: store.blocks, exchange: opened, clock: systemClock, logger: silentLogger };
  fetching = openFetching(deps, how.bounds);
  const { pinDeps, localSource } = fetching;
  pins = new KeyspacePinRecords({ ...pinDeps, localSource, records: store.keyspace("records") });
}

async function close(): Promise<void> {
  await fetching[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
}

async function reopen(...how: Parameters<typeof open>): Promise<void> {
  await close();
  await open(...how);
}

async function* collect(): AsyncGenerator<CID> {
  const { localSource: source, pinDeps } = fetching;
  const files = new FilesRoot({ datastore: store.keyspace("datastore"), source });
  const { blocks } = store;
  yield* collectGarbage({ blocks, source, pins, files, epoch: pinDeps.epoch });
}

/** Walks the whole DAG in the store. */
async function countHere(root: CID): Promise<number> {
  let blocks = 0;
  for await (const block of walkDag(fetching.localSource, root))
    blocks += block.bytes.length > 0 ? 1 : 0;
  return blocks;
}

/** Everything below the root that `content` has, put into a sink. */
async function putAll(content: PeerContent, root: CID, sink: BlockSink): Promise<void> {
  const source = {
    get: (cid: CID) => Promise.resolve(content.get(cid) ?? new Uint8Array()),
    getBatch: (cids: readonly CID[]) => Promise.all(cids.map((cid) => source.get(cid))),
    has: () => Promise.resolve(true),
  };
  for await (const { cid, bytes } of walkDag(source, root)) await sink.put(cid, bytes);
}

async function store2000(): Promise<void> {
  await using writer = store.blocks.openWriter();
  await putAll(dag, dag.root, writer);
  await writer.flush();
}

function isQuiet(): boolean {
  return exchange.underWay.now === 0 && exchange.sessionsOpen === 0;
}

/** Has only the blocks whose turn has come. */
function onlyFirst(content: PeerContent, most: { blocks: number }): PeerContent {
  const given = new Set<string>();
  const has = (cid: CID): boolean =>
    content.has(cid) && (given.has(cid.toString()) || given.size < most.blocks);
  return {
    has,
    get: (cid) => {
      if (!has(cid)) return undefined;
      given.add(cid.toString());
      return content.get(cid);
    },
  };
}

describe("a pin of what others have", () => {
  test("fetches each block once and is durable", async () => {
    exchange.addPeer({ content: dag });
    await pins.add(dag.root, { name: "n", origins: ["/ip4/127.0.0.1/tcp/1/p2p/x"] });
    expect(exchange.asked).toHaveLength(dag.blocks);
    expect(new Set(exchange.asked).size).toBe(dag.blocks);
    expect(exchange.sessions).toHaveLength(1);
    expect(exchange.sessions[0]).toMatchObject({
      root: dag.root,
      hints: ["/ip4/127.0.0.1/tcp/1/p2p/x"],
    });
    expect(isQuiet()).toBe(true);
    await reopen();
    expect(await pins.get(dag.root)).toMatchObject({ mode: "recursive", name: "n" });
    expect(await countHere(dag.root)).toBe(dag.blocks);
  });

  test("has many wants on their way, and no more than its window", async () => {
    await reopen({ bounds: { pinBlocks: 200 } });
    exchange.addPeer({ content: dag, delayMs: 5 });
    await pins.add(dag.root);
    expect(exchange.underWay.most).toBeGreaterThan(150);
    expect(exchange.underWay.most).toBeLessThanOrEqual(200);
  });

  test("keeps the window in bytes when blocks are large", async () => {
    const large = new MadeDag({ leaves: 40, leafBytes: 512 * 1024, first: 5000 });
    await reopen({ bounds: { pinBytes: 4 * 1024 * 1024 } });
    exchange.addPeer({ content: large, delayMs: 2 });
    await pins.add(large.root);
    expect(exchange.underWay.most).toBeLessThanOrEqual(16);
    expect(await countHere(large.root)).toBe(large.blocks);
  });

  test("fetches one block when it is direct", async () => {
    exchange.addPeer({ content: dag });
    await pins.add(dag.root, { mode: "direct" });
    expect(exchange.asked).toEqual([dag.root.toString()]);
  });

  test("looks for no links when it is direct", async () => {
    const bytes = Uint8Array.of(0xff);
    const unreadable = cidOf(codec.dagPb, bytes);
    exchange.addPeer({ content: { has: () => true, get: () => bytes } });
    await pins.add(unreadable, { mode: "direct" });
    expect(await store.blocks.has(unreadable)).toBe(true);
    await expect(pins.add(unreadable)).rejects.toMatchObject({ code: "UNDECODABLE_BLOCK" });
  });

  test("asks for nothing that is here, and for nothing at all with isLocalOnly", async () => {
    await expect(pins.add(dag.root, { isLocalOnly: true })).rejects.toThrow("not found locally");
    await store2000();
    await pins.add(dag.root);
    expect(exchange.asked).toEqual([]);
    expect(exchange.sessions).toEqual([]);
  });

  test("goes on with another peer when one dies", async () => {
    const first = exchange.addPeer({ content: dag, delayMs: 1 });
    const second = exchange.addPeer({ content: dag, delayMs: 1 });
    const pinned = pins.add(dag.root);
    await eventually(() => first.sent > 300);
    exchange.kill(first);
    await pinned;
    expect(first.sent + second.sent).toBe(dag.blocks);
    expect(await countHere(dag.root)).toBe(dag.blocks);
  });

  test("tells how far it is and why it waits", async () => {
    const most = { blocks: 500 };
    const peer = exchange.addPeer({ content: onlyFirst(dag, most) });
    const told: number[] = [];
    expect(pins.progress(dag.root)).toBeUndefined();
    const pinned = pins.add(dag.root, { onProgress: (blocks) => told.push(blocks) });
    await eventually(() => pins.progress(dag.root)?.totalBlocks === 500);
    expect(pins.progress(dag.root)).toMatchObject({ blocks: 500, providers: 1 });
    exchange.kill(peer);
    expect(pins.progress(dag.root)?.waiting).not.toBe("");
    exchange.addPeer({ content: dag });
    await pinned;
    expect(told.at(-1)).toBe(dag.blocks);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(pins.progress(dag.root)).toBeUndefined();
  });

  test("is broken off by its signal and leaves nothing running; the next attempt fetches the rest", async () => {
    exchange.addPeer({ content: onlyFirst(dag, { blocks: 700 }) });
    const stop = new AbortController();
    const pinned = pins.add(dag.root, { signal: stop.signal });
    await eventually(() => pins.progress(dag.root)?.totalBlocks === 700);
    stop.abort(new Error("enough"));
    await expect(pinned).rejects.toThrow("enough");
    expect(isQuiet()).toBe(true);
    expect(await pins.get(dag.root)).toBeUndefined();
    exchange.asked.length = 0;
    exchange.peers.length = 0;
    exchange.addPeer({ content: dag });
    await pins.add(dag.root);
    expect(exchange.asked).toHaveLength(dag.blocks - 700);
  });

  test("fails with the exchange's error", async () => {
    exchange.problem = new Error("no such luck");
    await expect(pins.add(dag.root)).rejects.toThrow("no such luck");
    expect(isQuiet()).toBe(true);
  });

  test("ends clearly when the storage is full, and keeps what came", async () => {
    await reopen({ store: { storageMaxBytes: 250_000 } });
    exchange.addPeer({ content: dag });
    await expect(pins.add(dag.root)).rejects.toThrow("storage is full");
    expect(isQuiet()).toBe(true);
    expect(await pins.get(dag.root)).toBeUndefined();
    await reopen();
    const { blocks } = await store.blocks.stat();
    expect(blocks).toBeGreaterThan(100);
    exchange.asked.length = 0;
    await pins.add(dag.root);
    expect(exchange.asked.length).toBeLessThan(dag.blocks - 100);
  });

  test("remembers few leaves when it has to, and still fetches everything", async () => {
    await reopen({ bounds: { leavesRemembered: 10 } });
    exchange.addPeer({ content: dag });
    await pins.add(dag.root);
    expect(await countHere(dag.root)).toBe(dag.blocks);
  });
});

describe("a block that is added here", () => {
  test("ends the want of a pin", async () => {
    const { cid, bytes } = numberedBlock(77, 100);
    const pinned = pins.add(cid);
    await eventually(() => exchange.asked.length === 1);
    await add(cid, bytes);
    await pinned;
    expect(await pins.get(cid)).toBeDefined();
  });

  test("is found when it comes between the look and the want", async () => {
    const opening = Promise.withResolvers<FakeExchange>();
    await reopen({ exchange: () => opening.promise });
    const { cid, bytes } = numberedBlock(78, 100);
    const pinned = pins.add(cid);
    const read = fetching.source.get(cid);
    await turns(20);
    await add(cid, bytes);
    opening.resolve(exchange);
    await pinned;
    expect(await read).toEqual(bytes);
    expect(exchange.asked).toEqual([]);
  });
});

describe("a collection", () => {
  test("takes nothing that a pin under way has fetched or found", async () => {
    await store2000();
    await garbage(1500);
    const most = { blocks: 200 };
    const more = new MadeDag({ leaves: 400, leafBytes: 128, first: 1900 }); // shares leaves with what is here
    exchange.addPeer({ content: onlyFirst(more, most) });
    const pinned = Promise.all([pins.add(dag.root), pins.add(more.root)]);
    await eventually(() => pins.progress(more.root)?.blocks === 200);
    let removed = 0;
    for await (const cid of collect()) removed += dag.has(cid) ? 1e6 : 1;
    expect(removed).toBeGreaterThanOrEqual(1500);
    expect(removed).toBeLessThan(1e6);
    most.blocks = 1e9;
    exchange.addPeer({ content: more });
    await pinned;
    expect(await countHere(more.root)).toBe(more.blocks);
    expect(await countHere(dag.root)).toBe(dag.blocks);
  });

  test("takes nothing that a pin finds while it sweeps", async () => {
    await store2000();
    await garbage(3000);
    exchange.addPeer({ content: dag });
    const sweep = collect();
    await sweep.next();
    await pins.add(dag.root);
    for await (const _ of sweep);
    expect(await countHere(dag.root)).toBe(dag.blocks);
    for await (const _ of collect());
    expect(await countHere(dag.root)).toBe(dag.blocks);
  });

  test("goes on meanwhile when a pin waits for something", async () => {
    const pinned = pins.add(dag.root);
    await garbage(10);
    expect(await Array.fromAsync(collect())).toHaveLength(10);
    exchange.addPeer({ content: dag });
    await pinned;
  });

  test("leaves what a long fetch has brought with writers that are closed by now", async () => {
    await reopen({ bounds: { leaseBytes: 10_000 } });
    const most = { blocks: 1000 };
    exchange.addPeer({ content: onlyFirst(dag, most) });
    const pinned = pins.add(dag.root);
    await eventually(() => (pins.progress(dag.root)?.blocks ?? 0) > 300);
    await garbage(50);
    await eventually(() => pins.progress(dag.root)?.totalBlocks === 1000);
    const removed = await Array.fromAsync(collect());
    expect(removed.filter((cid) => dag.has(cid))).toEqual([]);
    exchange.addPeer({ content: dag });
    await pinned;
    expect(await countHere(dag.root)).toBe(dag.blocks);
  });
});

async function add(cid: CID, bytes: Uint8Array): Promise<void> {
  await using writer = fetching.announce(store.blocks.openWriter(), (one, its) =>
    exchange.arrived(one, its),
  );
  await writer.put(cid, bytes);
}

async function garbage(blocks: number): Promise<void> {
  await using writer = store.blocks.openWriter();
  for (let number = 0; number < blocks; number += 1) {
    const { cid, bytes } = numberedBlock(1_000_000 + number, 64);
    await writer.put(cid, bytes);
  }
  await writer.flush();
}

async function turns(count: number): Promise<void> {
  let turn = 0;
  await until(() => (turn += 1) > count);
}
