// Goal: compaction gives space back while reads and adds go on, and a crash at any point leaves everything readable.
// Method: segments of a few blocks; a disk that copies the folder at every call it gets.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";

import type { Block } from "#model";
import { rebuildIndex, type Store, type StoreOptions } from "#storage";
import { FaultDisk } from "#test/fault-disk";
import { collectAllBut, hasAll, openLog, presentOf, problemsOf, putAll } from "#test/store-tools";
import { makeTempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

setDefaultTimeout(30_000); // many syncs, and other tests sync as well

const small: Partial<StoreOptions> = { segmentSizeBytes: 8192, openSegmentsMax: 4 };
const blocks: readonly Block[] = Array.from({ length: 60 }, (_, at) => numberedBlock(at, 700));
const kept = blocks.filter((_, at) => at % 4 === 0);
const later: readonly Block[] = Array.from({ length: 40 }, (_, at) => numberedBlock(500 + at, 700));

/** A store with three of four blocks deleted, that does not compact by itself. */
async function openSparse(folder: string, disk = new FaultDisk()): Promise<Store> {
  {
    await using store = await openLog(folder, { ...small, disk, liveShareMin: 0 });
    await putAll(store.blocks, blocks);
    expect(await collectAllBut(store.blocks, kept)).toBe(45);
  }
  return openLog(folder, { ...small, disk, liveShareMin: 0 });
}

describe("compaction", () => {
  test("runs by itself after a collection", async () => {
    using folder = makeTempFolder();
    await using store = await openLog(folder.path, small);
    await putAll(store.blocks, blocks);
    await collectAllBut(store.blocks, kept);
    await store.blocks.compact(); // waits for what runs
    const stat = await store.blocks.stat();
    expect(stat.blocks).toBe(kept.length);
    expect(stat.diskBytes).toBeLessThan(2 * stat.liveBytes);
    expect(await hasAll(store.blocks, kept)).toBe(true);
    expect(await problemsOf(store.blocks)).toEqual([]);
  });

  test("goes on beside reads, adds and deletes", async () => {
    using folder = makeTempFolder();
    await (await openSparse(folder.path))[Symbol.asyncDispose]();
    await using store = await openLog(folder.path, small);
    const [deleted, ...rest] = kept;
    if (deleted === undefined) throw new Error("nothing is kept");
    const compaction = { isDone: false };
    const compacted = store.blocks.compact().finally(() => {
      compaction.isDone = true;
    });
    const reads = (async () => {
      for (let turn = 0; !compaction.isDone || turn < 3; turn += 1) {
        expect(await hasAll(store.blocks, rest)).toBe(true);
        const found = await Promise.all(rest.map(({ cid }) => store.blocks.read(cid)));
        expect(found.every((bytes, at) => bytes?.[9] === rest[at]?.bytes[9])).toBe(true);
      }
    })();
    await Promise.all([
      compacted,
      reads,
      putAll(store.blocks, later),
      store.blocks.delete(deleted.cid),
    ]);
    await store.blocks.compact();
    expect(await hasAll(store.blocks, [...rest, ...later])).toBe(true);
    expect(await store.blocks.has(deleted.cid)).toBe(false);
    expect(await problemsOf(store.blocks)).toEqual([]);
  });

  test("leaves everything readable, and a true index, when it crashes anywhere", async () => {
    using folder = makeTempFolder();
    const origin = join(folder.path, "origin");
    const disk = new FaultDisk();
    await (await openSparse(origin, disk))[Symbol.asyncDispose]();
    const copies: string[] = [];
    const copy = (): undefined => {
      copies.push(join(folder.path, `copy-${copies.length}`));
      cpSync(origin, copies.at(-1) ?? "", { recursive: true });
    };
    {
      disk.fault = ({ kind }) => (kind === "read" || copies.length > 60 ? undefined : copy());
      await using store = await openLog(origin, { ...small, disk });
      await store.blocks.compact();
      expect((await store.blocks.stat()).diskBytes).toBeLessThan(20_000);
      copy();
      disk.fault = () => undefined;
    }
    expect(copies.length).toBeGreaterThan(10);
    for (const [index, path] of copies.entries()) {
      if (index % 3 === 0) await rebuildIndex(path);
      await using store = await openLog(path, small);
      const present = (await presentOf(store.blocks, blocks)).map(Number);
      expect(present).toEqual(blocks.map((block) => (kept.includes(block) ? 1 : 0)));
      expect((await store.blocks.stat()).blocks).toBe(kept.length);
      expect(await problemsOf(store.blocks)).toEqual([]);
    }
  });

  test("rests while a collection runs", async () => {
    using folder = makeTempFolder();
    await (await openSparse(folder.path))[Symbol.asyncDispose]();
    await using store = await openLog(folder.path, { ...small, liveShareMin: 0 });
    await using collection = await store.blocks.beginCollection();
    expect(await store.blocks.compact()).toEqual({ segmentsRewritten: 0, bytesFreed: 0 });
    expect((await Array.fromAsync(collection.sweep(() => false))).length).toBe(kept.length);
  });

  test("rests while the log is verified, which tells every block once", async () => {
    using folder = makeTempFolder();
    await (await openSparse(folder.path))[Symbol.asyncDispose]();
    await using store = await openLog(folder.path, small);
    const verified: string[] = [];
    for await (const { cid, problem } of store.blocks.verify()) {
      verified.push(cid.toString());
      expect(problem).toBeUndefined();
      expect(await store.blocks.compact()).toEqual({ segmentsRewritten: 0, bytesFreed: 0 });
    }
    expect(verified.toSorted()).toEqual(kept.map(({ cid }) => cid.toString()).toSorted());
  });

  test("leaves a segment alone whose live blocks it cannot find", async () => {
    using folder = makeTempFolder();
    const disk = new FaultDisk();
    await (await openSparse(folder.path, disk))[Symbol.asyncDispose]();
    const path = join(folder.path, "blocks/000002.car");
    const file = disk.open(path, "write");
    await file.write([Uint8Array.of(0xff, 0xff, 0xff, 0x7f)], 26); // the first length
    file.close();
    await using store = await openLog(folder.path, small);
    await store.blocks.compact();
    expect(await Bun.file(path).exists()).toBe(true);
    expect((await store.blocks.stat()).blocks).toBe(kept.length);
    expect((await presentOf(store.blocks, kept)).every(Boolean)).toBe(true);
  });
});
