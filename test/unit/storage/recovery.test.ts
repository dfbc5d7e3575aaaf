// Goal: whatever a crash leaves in the folder, opening puts it right and loses nothing that was acknowledged.
// Method: a real folder whose files are cut, zeroed, copied early or added to by hand between two opens.

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Block } from "#model";
import { openStore, rebuildIndex } from "#storage";
import { hasAll, openLog, presentOf, problemsOf, putAll } from "#test/store-tools";
import { makeTempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

setDefaultTimeout(30_000); // a hundred folders are opened

const blocks: readonly Block[] = [0, 1, 2, 3].map((number) => numberedBlock(number, 50));
const last = numberedBlock(9, 60);
const firstSegment = "blocks/000001.car";

describe("opening after a crash", () => {
  test("cuts a torn last section at whatever byte it ends, and keeps all before it", async () => {
    using folder = makeTempFolder();
    const origin = join(folder.path, "origin");
    {
      await using store = await openLog(origin);
      await putAll(store.blocks, blocks);
    }
    const sound = readFileSync(join(origin, firstSegment)).length;
    {
      await using store = await openLog(origin);
      await putAll(store.blocks, [last]);
      // an open folder: the last block is in the log, the index does not know it yet
      cpSync(origin, join(folder.path, "torn"), { recursive: true });
    }
    const whole = readFileSync(join(folder.path, "torn", firstSegment));
    expect(whole.length).toBeGreaterThan(sound);
    for (let end = sound; end <= whole.length; end += 1) {
      const torn = join(folder.path, `torn-${end}`);
      cpSync(join(folder.path, "torn"), torn, { recursive: true });
      truncateSync(join(torn, firstSegment), end);
      await using store = await openLog(torn);
      expect(await hasAll(store.blocks, blocks)).toBe(true);
      expect(await store.blocks.has(last.cid)).toBe(end === whole.length);
      const size = readFileSync(join(torn, firstSegment)).length;
      expect(size).toBe(end === whole.length ? end : sound);
      await putAll(store.blocks, [last]);
      expect(await problemsOf(store.blocks)).toEqual([]);
    }
  });

  test("cuts an unindexed section whose bytes do not match its hash", async () => {
    using folder = makeTempFolder();
    await using open = await openLog(folder.path);
    await putAll(open.blocks, [...blocks, last]);
    const copy = `${folder.path}/copy`;
    cpSync(join(folder.path, "blocks"), join(copy, "blocks"), { recursive: true });
    cpSync(join(folder.path, "db"), join(copy, "db"), { recursive: true });
    const bytes = readFileSync(join(copy, firstSegment));
    bytes.fill(0, bytes.length - 30);
    writeFileSync(join(copy, firstSegment), bytes);
    await using store = await openLog(copy);
    expect(await presentOf(store.blocks, [...blocks, last])).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect((await store.blocks.stat()).diskBytes).toBeLessThan(bytes.length);
  });

  test("indexes what came after the last batch of the index", async () => {
    using folder = makeTempFolder();
    const copy = `${folder.path}/copy`;
    const later = Array.from({ length: 50 }, (_, number) => numberedBlock(100 + number, 700));
    await using open = await openLog(folder.path, { segmentSizeBytes: 8192 });
    await putAll(open.blocks, blocks);
    cpSync(join(folder.path, "db"), join(copy, "db"), { recursive: true });
    await putAll(open.blocks, later);
    cpSync(join(folder.path, "blocks"), join(copy, "blocks"), { recursive: true });
    await using store = await openLog(copy, { segmentSizeBytes: 8192 });
    expect(await hasAll(store.blocks, [...blocks, ...later])).toBe(true);
    expect((await store.blocks.stat()).blocks).toBe(54);
    expect(await problemsOf(store.blocks)).toEqual([]);
  });

  test("forgets places behind the end of a log that is shorter than its index knows", async () => {
    using folder = makeTempFolder();
    {
      await using store = await openLog(folder.path);
      await putAll(store.blocks, [...blocks, last]);
    }
    truncateSync(
      join(folder.path, firstSegment),
      readFileSync(join(folder.path, firstSegment)).length - 1,
    );
    {
      await using store = await openLog(folder.path);
      expect(await presentOf(store.blocks, [...blocks, last])).toEqual([
        true,
        true,
        true,
        true,
        false,
      ]);
      expect(await problemsOf(store.blocks)).toEqual([]);
      await putAll(store.blocks, [last]);
    }
    await using store = await openLog(folder.path);
    expect(await hasAll(store.blocks, [...blocks, last])).toBe(true);
    expect((await store.blocks.stat()).blocks).toBe(5);
  });

  test("follows marks that the index does not know, and does not bring back what was deleted", async () => {
    using folder = makeTempFolder();
    const copy = `${folder.path}/copy`;
    {
      await using store = await openLog(folder.path);
      await putAll(store.blocks, blocks);
    }
    cpSync(join(folder.path, "db"), join(copy, "db"), { recursive: true });
    {
      await using store = await openLog(folder.path);
      await store.blocks.delete(blocks[1]?.cid ?? last.cid);
    }
    cpSync(join(folder.path, "blocks"), join(copy, "blocks"), { recursive: true });
    await using store = await openLog(copy);
    expect(await presentOf(store.blocks, blocks)).toEqual([true, false, true, true]);
    expect((await store.blocks.stat()).blocks).toBe(3);
  });

  test("ignores a mark that was written by half", async () => {
    using folder = makeTempFolder();
    {
      await using store = await openLog(folder.path);
      await putAll(store.blocks, blocks);
      await store.blocks.delete(blocks[1]?.cid ?? last.cid);
    }
    const marks = join(folder.path, "blocks/000001.deleted");
    writeFileSync(marks, Buffer.concat([readFileSync(marks), Buffer.from([0, 0, 0])]));
    {
      await using store = await openLog(folder.path);
      await store.blocks.delete(blocks[2]?.cid ?? last.cid);
    }
    await rebuildIndex(folder.path);
    await using store = await openLog(folder.path);
    expect(await presentOf(store.blocks, blocks)).toEqual([true, false, false, true]);
  });

  test("removes a segment whose head is torn, and leaves files alone that are not the log's", async () => {
    using folder = makeTempFolder();
    {
      await using store = await openLog(folder.path);
      await putAll(store.blocks, blocks);
    }
    const foreign = ["notes.txt", "000009.car", "1.car", "000001.car.bak"];
    for (const name of foreign)
      writeFileSync(join(folder.path, "blocks", name), "not a segment, but longer than a head");
    writeFileSync(join(folder.path, "blocks/000002.car"), Uint8Array.of(0x19, 0xa2));
    await using store = await openLog(folder.path);
    await putAll(store.blocks, [last]);
    expect(await hasAll(store.blocks, [...blocks, last])).toBe(true);
    const names = readdirSync(join(folder.path, "blocks"));
    expect(names).toContainAllValues([...foreign, "000001.car", "000010.car"]);
    expect(names).not.toContain("000002.car");
    expect(readFileSync(join(folder.path, "blocks/000009.car"), "utf8")).toStartWith(
      "not a segment",
    );
  });
});

describe("a folder", () => {
  test("is open in one place only", async () => {
    using folder = makeTempFolder();
    await using first = await openLog(folder.path);
    const second = openLog(folder.path);
    await expect(second).rejects.toMatchObject({ code: "FOLDER_LOCKED", folder: folder.path });
    await expect(rebuildIndex(folder.path)).rejects.toMatchObject({ code: "FOLDER_LOCKED" });
    await putAll(first.blocks, blocks);
    expect(await hasAll(first.blocks, blocks)).toBe(true);
  });

  test("of a newer program is refused, naming both versions", async () => {
    using folder = makeTempFolder();
    const key = new TextEncoder().encode("store.format");
    {
      await using store = await openLog(folder.path);
      await putAll(store.blocks, blocks);
      await store.keyspace("meta").put(key, new TextEncoder().encode("2"));
    }
    const before = readFileSync(join(folder.path, firstSegment));
    const open = openLog(folder.path);
    const error = { code: "FOLDER_FORMAT", foundVersion: 2, supportedVersion: 1 };
    await expect(open).rejects.toMatchObject(error);
    await expect(rebuildIndex(folder.path)).rejects.toMatchObject(error);
    expect(readFileSync(join(folder.path, firstSegment))).toEqual(before);
  });

  test("keeps the engine that it began with", async () => {
    using folder = makeTempFolder();
    await (await openLog(folder.path))[Symbol.asyncDispose]();
    const open = openStore(folder.path, { engine: "level", storageMaxBytes: 1e12 });
    await expect(open).rejects.toMatchObject({ code: "FOLDER_ENGINE" });
  });

  test("gets a lost index back from the segments alone", async () => {
    using folder = makeTempFolder();
    {
      await using store = await openLog(folder.path, { segmentSizeBytes: 256 });
      await putAll(store.blocks, [...blocks, last]);
      await store.blocks.delete(last.cid);
    }
    rmSync(join(folder.path, "db"), { recursive: true });
    expect(await rebuildIndex(folder.path)).toMatchObject({ blocks: 4 });
    await using store = await openLog(folder.path);
    expect(await presentOf(store.blocks, [...blocks, last])).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });
});
