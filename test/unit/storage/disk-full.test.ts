// Goal: a disk that is full, or refuses writes, loses nothing that was acknowledged, hides what was half-written, tells
// every writer the truth, and writing goes on when there is room again.
// Method: the real log on a disk with faults made by the test.

import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Block, CID } from "#model";
import { openStore, type Store, type StoreOptions } from "#storage";
import { diskError, FaultDisk } from "#test/fault-disk";
import { collectAllBut, hasAll, openLog, presentOf, problemsOf, putAll } from "#test/store-tools";
import { makeTempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

const blocks: readonly Block[] = Array.from({ length: 6 }, (_, index) =>
  numberedBlock(index, 5000),
);
const other = numberedBlock(100, 5000);

async function withStore(
  options: Partial<StoreOptions>,
  use: (store: Store, disk: FaultDisk, folder: string) => Promise<void>,
): Promise<void> {
  using folder = makeTempFolder();
  const disk = new FaultDisk();
  {
    await using store = await openLog(folder.path, { disk, ...options });
    await use(store, disk, folder.path);
  }
  disk.fault = () => undefined;
  await using again = await openLog(folder.path, { disk, ...options, storageMaxBytes: 1e12 });
  expect(await problemsOf(again.blocks)).toEqual([]);
}

describe("too little free space", () => {
  test("is told before anything is written, with both numbers", () =>
    withStore({ reserveBytes: 1000 }, async (store, disk) => {
      disk.freeBytesNow = 11_200;
      await putAll(store.blocks, blocks.slice(0, 2));
      disk.freeBytesNow = 5000;
      const put = store.blocks.put(other.cid, other.bytes);
      await expect(put).rejects.toMatchObject({
        code: "STORAGE_FULL",
        message: "storage is full: 4000 bytes free, 5038 needed",
        freeBytes: 4000,
        neededBytes: 5038,
      });
      expect(await presentOf(store.blocks, [...blocks.slice(0, 2), other])).toEqual([
        true,
        true,
        false,
      ]);
      disk.freeBytesNow = 1e9;
      await putAll(store.blocks, [other]);
      expect(await hasAll(store.blocks, [other])).toBe(true);
    }));

  test("is also reached at the configured maximum, and a collection makes room", () =>
    withStore({ storageMaxBytes: 20_000 }, async (store) => {
      await putAll(store.blocks, blocks.slice(0, 3));
      await expect(putAll(store.blocks, blocks.slice(3))).rejects.toMatchObject({
        code: "STORAGE_FULL",
      });
      expect(await collectAllBut(store.blocks, blocks.slice(0, 1))).toBe(2);
      await store.blocks.compact();
      await putAll(store.blocks, blocks.slice(3, 5));
      expect(await hasAll(store.blocks, [...blocks.slice(0, 1), ...blocks.slice(3, 5)])).toBe(true);
    }));

  test("is told by the engine on blockstore-level as well", async () => {
    using folder = makeTempFolder();
    await using store = await openStore(folder.path, { engine: "level", storageMaxBytes: 12_000 });
    await putAll(store.blocks, blocks.slice(0, 1));
    await expect(putAll(store.blocks, blocks)).rejects.toMatchObject({ code: "STORAGE_FULL" });
  });
});

describe("a write that fails", () => {
  for (const code of ["ENOSPC", "EIO"] as const) {
    const expected = code === "ENOSPC" ? "STORAGE_FULL" : "STORAGE_WRITE";

    test(`by ${code}, half done, fails the flush of every writer in it and nothing else`, () =>
      withStore({}, async (store, disk, folder) => {
        await putAll(store.blocks, blocks.slice(0, 2));
        const size = readFileSync(join(folder, "blocks/000001.car")).length;
        await using mine = store.blocks.openWriter();
        await using theirs = store.blocks.openWriter();
        await using finder = store.blocks.openWriter();
        await using idle = store.blocks.openWriter();
        await mine.put(other.cid, other.bytes);
        await theirs.put(...pairOf(blocks[3]));
        await finder.put(other.cid, other.bytes); // found waiting, so it is in it as well
        await idle.put(...pairOf(blocks[0])); // found, and durable before
        let writes = 0;
        disk.fault = ({ kind }) => {
          if (kind !== "write") return undefined;
          writes += 1;
          return writes === 1 ? 3000 : diskError(code);
        };
        const flushes = [mine, theirs, finder, idle].map((writer) => writer.flush());
        const results = await Promise.allSettled(flushes);
        disk.fault = () => undefined;
        expect(results.map(({ status }) => status)).toEqual([
          "rejected",
          "rejected",
          "rejected",
          "fulfilled",
        ]);
        for (const writer of [mine, theirs, finder]) {
          await expect(writer.flush()).rejects.toMatchObject({ code: expected });
          expect(() => writer.put(other.cid, other.bytes)).toThrow();
        }
        expect(await presentOf(store.blocks, [other, ...blocks.slice(0, 4)])).toEqual([
          false,
          true,
          true,
          false,
          false,
        ]);
        expect(readFileSync(join(folder, "blocks/000001.car")).length).toBe(size);
        await putAll(store.blocks, [other, ...blocks]);
        expect(await hasAll(store.blocks, [other, ...blocks])).toBe(true);
      }));

    test(`by ${code} in a new segment takes that segment away`, () =>
      withStore({ segmentSizeBytes: 11_000 }, async (store, disk) => {
        await putAll(store.blocks, blocks.slice(0, 2));
        disk.fault = ({ kind, path }) =>
          kind === "write" && path.includes("000002") ? diskError(code) : undefined;
        await expect(putAll(store.blocks, blocks)).rejects.toMatchObject({ code: expected });
        disk.fault = () => undefined;
        await putAll(store.blocks, blocks);
        expect(await hasAll(store.blocks, blocks)).toBe(true);
        expect((await store.blocks.stat()).segments).toBe(3);
      }));
  }

  test("at a sync takes back everything since the last one", () =>
    withStore({}, async (store, disk) => {
      await putAll(store.blocks, blocks.slice(0, 2));
      disk.fault = ({ kind }) => (kind === "sync" ? diskError("EIO") : undefined);
      await expect(putAll(store.blocks, blocks)).rejects.toMatchObject({ code: "STORAGE_WRITE" });
      disk.fault = () => undefined;
      expect(await presentOf(store.blocks, blocks)).toEqual([
        true,
        true,
        false,
        false,
        false,
        false,
      ]);
      await putAll(store.blocks, blocks);
      expect(await hasAll(store.blocks, blocks)).toBe(true);
    }));

  test("and cannot be cut either is cut later", () =>
    withStore({}, async (store, disk) => {
      await putAll(store.blocks, blocks.slice(0, 2));
      disk.fault = ({ kind }) =>
        kind === "write" || kind === "truncate" ? diskError("EIO") : undefined;
      await expect(putAll(store.blocks, blocks)).rejects.toMatchObject({ code: "STORAGE_WRITE" });
      await expect(putAll(store.blocks, blocks)).rejects.toMatchObject({ code: "STORAGE_WRITE" });
      disk.fault = () => undefined;
      // the first put is refused once more, and starts the cut; then all is well again
      await expect(putAll(store.blocks, blocks)).rejects.toMatchObject({ code: "STORAGE_WRITE" });
      await disk.settled();
      await putAll(store.blocks, blocks);
      expect(await hasAll(store.blocks, blocks)).toBe(true);
    }));

  test("leaves a collection's blocks visible when its marks cannot be written", () =>
    withStore({}, async (store, disk) => {
      await putAll(store.blocks, blocks);
      disk.fault = ({ kind, path }) =>
        kind === "sync" && path.endsWith(".deleted") ? diskError("ENOSPC") : undefined;
      await expect(collectAllBut(store.blocks, [])).rejects.toThrow("ENOSPC");
      disk.fault = () => undefined;
      expect(await hasAll(store.blocks, blocks)).toBe(true);
    }));

  test("does not let positions that are given out again fall out of a lease", () =>
    withStore({}, async (store, disk) => {
      await using early = store.blocks.openWriter();
      for (const block of blocks) await early.put(...pairOf(block));
      await using late = store.blocks.openWriter(); // its lease begins behind what will be cut
      disk.fault = ({ kind }) => (kind === "write" ? diskError("EIO") : undefined);
      await expect(early.flush()).rejects.toMatchObject({ code: "STORAGE_WRITE" });
      disk.fault = () => undefined;
      await late.put(other.cid, other.bytes);
      await late.flush();
      await collectAllBut(store.blocks, []);
      expect(await hasAll(store.blocks, [other])).toBe(true);
    }));
});

function pairOf(block: Block | undefined): [CID, Uint8Array] {
  if (block === undefined) throw new Error("no such block");
  return [block.cid, block.bytes];
}
