// Goal: the write path keeps its limits: a byte window, few syncs, few reads, few open files.
// Method: a disk that counts calls and holds them back.

import { describe, expect, test } from "bun:test";

import type { Block } from "#model";
import { FaultDisk } from "#test/fault-disk";
import { hasAll, openLog, putAll } from "#test/store-tools";
import { makeTempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

const blocks: readonly Block[] = Array.from({ length: 40 }, (_, at) => numberedBlock(at, 100_000));

describe("the write path", () => {
  test("answers a promise when the window is full, and blocks are readable all the while", async () => {
    using folder = makeTempFolder();
    const disk = new FaultDisk();
    await using store = await openLog(folder.path, { disk, writeWindowBytes: 2_000_000 });
    await using writer = store.blocks.openWriter();
    const gate = Promise.withResolvers<void>();
    disk.before = ({ kind }) => (kind === "write" ? gate.promise : undefined);
    const rooms = blocks.map(({ cid, bytes }) => writer.put(cid, bytes));
    const firstWait = rooms.findIndex((room) => room !== undefined);
    expect(firstWait).toBe(19); // 20 blocks of 100 kB with their heads do not fit
    expect(await hasAll(store.blocks, blocks)).toBe(true);
    gate.resolve();
    await Promise.all(rooms);
    await writer.flush();
    expect(writer.put(...pairOf(blocks[0]))).toBeUndefined();
    expect(await hasAll(store.blocks, blocks)).toBe(true);
  });

  test("gives blocks that are not written yet as copies, which later blocks leave alone", async () => {
    using folder = makeTempFolder();
    await using store = await openLog(folder.path);
    const small = Array.from({ length: 4 }, (_, at) => numberedBlock(1000 + at, 9000));
    await using writer = store.blocks.openWriter();
    for (const { cid, bytes } of small) await writer.put(cid, bytes);
    const read = await store.blocks.readBatch(small.map(({ cid }) => cid));
    await writer.flush();
    // the same memory is written through again
    for (let at = 0; at < 400; at += 1) await writer.put(...pairOf(numberedBlock(2000 + at, 9000)));
    await writer.flush();
    expect(read).toEqual(small.map(({ bytes }) => bytes));
    expect(await hasAll(store.blocks, small)).toBe(true);
  });

  test("syncs as it goes, so that the last sync is short", async () => {
    using folder = makeTempFolder();
    const disk = new FaultDisk();
    await using store = await openLog(folder.path, { disk, syncEveryBytes: 1_000_000 });
    await putAll(store.blocks, blocks);
    const syncs = disk.calls.filter(({ kind }) => kind === "sync").length;
    expect(syncs).toBeGreaterThanOrEqual(2);
    expect(syncs).toBeLessThanOrEqual(6);
  });

  test("shares one sync between all who flush at the same time", async () => {
    using folder = makeTempFolder();
    const disk = new FaultDisk();
    await using store = await openLog(folder.path, { disk });
    await store.blocks.put(...pairOf(numberedBlock(99, 10)));
    const before = disk.calls.filter(({ kind }) => kind === "sync").length;
    const ones = Array.from({ length: 100 }, (_, at) => numberedBlock(200 + at, 300));
    await Promise.all(ones.map(({ cid, bytes }) => store.blocks.put(cid, bytes)));
    const syncs = disk.calls.filter(({ kind }) => kind === "sync").length - before;
    expect(syncs).toBeLessThanOrEqual(5);
  });

  test("stores a block once, however often and by whomever it is put", async () => {
    using folder = makeTempFolder();
    await using store = await openLog(folder.path);
    const one = numberedBlock(1, 1000);
    await Promise.all([1, 2, 3].map(() => putAll(store.blocks, [one, one])));
    await store.blocks.put(...pairOf(one));
    expect((await store.blocks.stat()).diskBytes).toBeLessThan(1100);
  });

  test("stores copies rather than forget a lease, when a writer finds too much, and drops them later", async () => {
    using folder = makeTempFolder();
    const some = blocks.slice(0, 6);
    await using store = await openLog(folder.path, { leasedBlocksMax: 2, liveShareMin: 0 });
    await putAll(store.blocks, some);
    {
      await using writer = store.blocks.openWriter();
      for (const block of some) await writer.put(...pairOf(block));
      await using collection = await store.blocks.beginCollection();
      expect(await Array.fromAsync(collection.sweep(() => false))).toEqual([]);
      expect((await store.blocks.stat()).blocks).toBe(6);
    }
    await using collection = await store.blocks.beginCollection();
    expect((await Array.fromAsync(collection.sweep(() => false))).length).toBe(6);
    expect((await store.blocks.stat()).blocks).toBe(0);
  });
});

describe("the read path", () => {
  test("reads neighbours in one piece", async () => {
    using folder = makeTempFolder();
    const disk = new FaultDisk();
    await using store = await openLog(folder.path, { disk });
    await putAll(store.blocks, blocks);
    disk.calls.length = 0;
    const cids = blocks.map(({ cid }) => cid);
    const found = await store.blocks.readBatch(
      [...cids.slice(0, 15), ...cids.slice(20, 30)].toReversed(),
    );
    expect(found.every((bytes) => bytes?.length === 100_000)).toBe(true);
    expect(disk.calls.map(({ kind, sizeBytes }) => [kind, sizeBytes])).toEqual([
      ["read", 10 * 100_000 + 9 * 39],
      ["read", 15 * 100_000 + 14 * 39],
    ]);
  });

  test("keeps few files open", async () => {
    using folder = makeTempFolder();
    const disk = new FaultDisk();
    await using store = await openLog(folder.path, {
      disk,
      segmentSizeBytes: 100_000,
      openSegmentsMax: 4,
    });
    await putAll(store.blocks, blocks);
    expect((await store.blocks.stat()).segments).toBe(40);
    for (let turn = 0; turn < 3; turn += 1) expect(await hasAll(store.blocks, blocks)).toBe(true);
    expect(disk.openFiles).toBeLessThanOrEqual(6);
  });

  test("lets other work go on between many reads", async () => {
    using folder = makeTempFolder();
    await using store = await openLog(folder.path);
    const one = numberedBlock(1, 300);
    await store.blocks.put(...pairOf(one));
    const other = { isOver: false };
    setImmediate(() => {
      other.isOver = true;
    });
    let reads = 0;
    for (; !other.isOver && reads < 1000; reads += 1) await store.blocks.read(one.cid);
    expect(reads).toBeLessThan(1000);
  });

  test("hands reads over to a thread after one that was slow", async () => {
    using folder = makeTempFolder();
    const disk = new FaultDisk();
    let nowMs = 0;
    const clock = { now: () => (nowMs += 5), sleep: () => Promise.resolve() };
    await using store = await openLog(folder.path, { disk, clock });
    const ones = Array.from({ length: 80 }, (_, at) => numberedBlock(300 + at, 300));
    await putAll(store.blocks, ones);
    for (const { cid, bytes } of ones) expect(await store.blocks.read(cid)).toEqual(bytes);
    expect(disk.readsOnTheSpot).toBe(2); // the first, and one when 64 more were handed over
  });
});

function pairOf(block: Block | undefined): [Block["cid"], Uint8Array] {
  if (block === undefined) throw new Error("no such block");
  return [block.cid, block.bytes];
}
