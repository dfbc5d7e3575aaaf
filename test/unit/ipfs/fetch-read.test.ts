// Goal: a source that fetches reads at the speed of the line: what a reader will want is on its way before it asks, what
// came is stored, and nothing runs on when nobody reads. Method: the real store in a temp folder, other nodes are fake.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { exportCar, readFile, walkDag } from "#dag";
import { type Clock, silentLogger, systemClock } from "#lib";
import type { CID } from "#model";
import { openStore, type Store, type StoreOptions } from "#storage";
import { eventually } from "#test/eventually";
import { FakeExchange } from "#test/fake-exchange";
import { MadeDag } from "#test/made-dag";
import { ManualClock } from "#test/manual-clock";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

import type { FetchBounds } from "../../../src/ipfs/fetch/bounds.ts";
import { type Fetching, openFetching } from "../../../src/ipfs/fetch/open-fetching.ts";
import { prefetching } from "../../../src/ipfs/fetch/prefetching.ts";

const leafBytes = 4096;
const dag = new MadeDag({ leaves: 1000, leafBytes });

let folder: TempFolder;
let store: Store;
let exchange: FakeExchange;
let fetching: Fetching;

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
    readonly clock?: Clock;
  } = {},
): Promise<void> {
  store = await openStore(folder.path, { engine: "log", storageMaxBytes: 1e10, ...how.store });
  const { clock = systemClock } = how;
  const { blocks } = store;
  fetching = openFetching(
    { blocks, exchange: () => Promise.resolve(exchange), clock, logger: silentLogger },
    how.bounds,
  );
}

async function close(): Promise<void> {
  await fetching[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
}

async function reopen(...how: Parameters<typeof open>): Promise<void> {
  await close();
  await open(...how);
}

async function lengthOf(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of pieces) length += piece.length;
  return length;
}

/** A file's bytes by a source that has everything. */
async function contentOf(content: MadeDag): Promise<Buffer> {
  const get = (cid: CID): Uint8Array => content.get(cid) ?? new Uint8Array();
  const source = {
    get: async (cid: CID) => get(cid),
    getBatch: async (cids: readonly CID[]) => cids.map(get),
    has: async () => true,
  };
  return Buffer.concat(await Array.fromAsync(readFile(source, content.root)));
}

describe("a file that others have", () => {
  test("comes whole and right, each block about once, and is stored", async () => {
    exchange.addPeer({ content: dag });
    const got = Buffer.concat(await Array.fromAsync(readFile(fetching.source, dag.root)));
    expect(got.equals(await contentOf(dag))).toBe(true);
    expect(new Set(exchange.asked).size).toBe(dag.blocks);
    expect(exchange.asked.length).toBeLessThan(dag.blocks + 20);
    exchange.asked.length = 0;
    expect(await lengthOf(readFile(fetching.localSource, dag.root))).toBe(1000 * leafBytes);
    expect(await lengthOf(readFile(fetching.source, dag.root))).toBe(1000 * leafBytes);
    expect(exchange.asked).toEqual([]);
  });

  test("is on its way before it is asked for, within the window", async () => {
    await reopen({ bounds: { aheadBlocks: 60 } });
    exchange.addPeer({ content: dag, delayMs: 5 });
    await lengthOf(readFile(fetching.source, dag.root));
    expect(exchange.underWay.most).toBeGreaterThan(50);
    // a window of the reader is asked for besides
    expect(exchange.underWay.most).toBeLessThanOrEqual(60 + 32);
  });

  test("is read from the middle without what lies before", async () => {
    exchange.addPeer({ content: dag, delayMs: 1 });
    const range = { offset: 800 * leafBytes, length: 10 * leafBytes };
    expect(await lengthOf(readFile(fetching.source, dag.root, range))).toBe(10 * leafBytes);
    expect(exchange.asked.length).toBeLessThan(20);
  });

  test("is no longer fetched when its reader leaves", async () => {
    exchange.addPeer({ content: dag, delayMs: 5 });
    for await (const piece of readFile(fetching.source, dag.root)) {
      expect(piece.length).toBe(leafBytes);
      break;
    }
    await eventually(() => exchange.underWay.now === 0);
    const { length } = exchange.asked;
    expect(length).toBeLessThan(400);
    await systemClock.sleep(20);
    expect(exchange.asked).toHaveLength(length);
  });

  test("is read by two at once with hardly more asking", async () => {
    exchange.addPeer({ content: dag, delayMs: 2 });
    const readers = [1, 2].map(() => lengthOf(readFile(fetching.source, dag.root)));
    expect(await Promise.all(readers)).toEqual([1000 * leafBytes, 1000 * leafBytes]);
    expect(exchange.asked.length).toBeLessThan(1.2 * dag.blocks);
  });

  test("is read also when there is no room to store it", async () => {
    await reopen({ store: { storageMaxBytes: 50_000 } });
    exchange.addPeer({ content: dag });
    expect(await lengthOf(readFile(fetching.source, dag.root))).toBe(1000 * leafBytes);
  });

  test("is fetched below a node that is here", async () => {
    exchange.addPeer({ content: dag, delayMs: 5 });
    await fetching.source.get(dag.root);
    exchange.underWay.most = 0;
    await lengthOf(readFile(fetching.source, dag.root));
    expect(exchange.underWay.most).toBeGreaterThan(100);
  });
});

describe("a whole DAG that others have", () => {
  test("is on its way before it is walked", async () => {
    exchange.addPeer({ content: dag, delayMs: 3 });
    let blocks = 0;
    const stop = new AbortController();
    const options = { signal: stop.signal };
    for await (const { bytes } of walkDag(prefetching(fetching.source), dag.root, options)) {
      blocks += bytes.length > 0 ? 1 : 0;
    }
    expect(blocks).toBe(dag.blocks);
    expect(exchange.underWay.most).toBeGreaterThan(100);
    expect(exchange.asked.length).toBeLessThan(dag.blocks + 40);
  });

  test("is on its way before it is exported", async () => {
    exchange.addPeer({ content: dag, delayMs: 20 });
    await lengthOf(exportCar(prefetching(fetching.source), dag.root));
    expect(exchange.underWay.most).toBeGreaterThan(100);
  });
});

describe("blocks", () => {
  test("of a batch are asked for at once", async () => {
    exchange.addPeer({ content: numbered, delayMs: 5 });
    const cids = Array.from({ length: 40 }, (_, number) => numberedBlock(number, 100).cid);
    const blocks = await fetching.source.getBatch(cids);
    expect(blocks.map((bytes) => bytes.length)).toEqual(cids.map(() => 100));
    expect(exchange.underWay.most).toBe(40);
  });

  test("are waited for until the signal is aborted, and then no longer", async () => {
    const stop = new AbortController();
    const cids = [1, 2, 3].map((number) => numberedBlock(number, 100).cid);
    const read = fetching.source.getBatch(cids, { signal: stop.signal });
    await eventually(() => exchange.underWay.now === 3);
    stop.abort(new Error("context deadline exceeded"));
    await expect(read).rejects.toThrow("context deadline exceeded");
    await eventually(() => exchange.underWay.now === 0);
  });

  test("that come by an add end the waiting", async () => {
    const { cid, bytes } = numberedBlock(1, 100);
    const read = fetching.source.get(cid);
    await eventually(() => exchange.underWay.now === 1);
    const writer = fetching.announce(store.blocks.openWriter(), (one, its) => {
      exchange.arrived(one, its);
    });
    await writer.put(cid, bytes);
    expect(await read).toEqual(bytes);
    await writer[Symbol.asyncDispose]();
  });

  test("fail with the exchange's error", async () => {
    exchange.problem = new Error("no such luck");
    await expect(fetching.source.get(dag.root)).rejects.toThrow("no such luck");
  });
});

describe("the readers' session", () => {
  test("is one for all, and closes when nobody fetched for a while", async () => {
    const clock = new ManualClock();
    await reopen({ clock, bounds: { idleMs: 1000 } });
    exchange.addPeer({ content: dag });
    await lengthOf(readFile(fetching.source, dag.root));
    await fetching.source.get(dag.root);
    expect(exchange.sessions).toHaveLength(1);
    clock.advance(500);
    await eventually(() => clock.next !== undefined);
    expect(exchange.sessionsOpen).toBe(1);
    clock.advance(600);
    await eventually(() => exchange.sessionsOpen === 0);
    exchange.addPeer({ content: numbered });
    await fetching.source.get(numberedBlock(5, 100).cid);
    expect(exchange.sessions).toHaveLength(2);
  });

  test("closes with the source", async () => {
    exchange.addPeer({ content: dag });
    await fetching.source.get(dag.root);
    expect(exchange.sessionsOpen).toBe(1);
    await fetching[Symbol.asyncDispose]();
    expect(exchange.sessionsOpen).toBe(0);
  });
});

const numbers = new Map(
  Array.from({ length: 50 }, (_, number) => {
    const { cid, bytes } = numberedBlock(number, 100);
    return [cid.toString(), bytes];
  }),
);
const numbered = {
  has: (cid: CID): boolean => numbers.has(cid.toString()),
  get: (cid: CID): Uint8Array | undefined => numbers.get(cid.toString()),
};
