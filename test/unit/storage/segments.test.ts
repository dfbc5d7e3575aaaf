// Goal: segments are CAR files for everybody, and `verify` finds what is wrong with them.
// Method: read them with @ipld/car; damage bytes, files and index entries by hand.

import { describe, expect, test } from "bun:test";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { CarReader } from "@ipld/car";
import { ClassicLevel } from "classic-level";

import { type Block, CID, codec } from "#model";
import { rebuildIndex } from "#storage";
import { FaultDisk } from "#test/fault-disk";
import { hasAll, openLog, problemsOf, putAll } from "#test/store-tools";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

const blocks: readonly Block[] = Array.from({ length: 12 }, (_, at) => numberedBlock(at, 400 + at));
const big = numberedBlock(50, 200_000);
const later = numberedBlock(60, 100);

/** A closed folder with the blocks in several segments. */
async function makeFolder(): Promise<TempFolder> {
  const folder = makeTempFolder();
  await using store = await openLog(folder.path, { segmentSizeBytes: 2000 });
  await putAll(store.blocks, [...blocks, big]);
  return folder;
}

/** Changes bytes of a segment where this block's data is. */
function damage(folder: TempFolder, block: Block, shift: number): void {
  for (let number = 1; number < 9; number += 1) {
    const path = join(folder.path, `blocks/00000${number}.car`);
    const bytes = readFileSync(path);
    const at = bytes.indexOf(block.bytes);
    if (at === -1) continue;
    bytes[at + shift] = (bytes[at + shift] ?? 0) ^ 0xff;
    writeFileSync(path, bytes);
    return;
  }
}

async function problemsIn(folder: TempFolder): Promise<readonly string[]> {
  await using store = await openLog(folder.path, { segmentSizeBytes: 2000 });
  return await problemsOf(store.blocks); // before the store closes
}

describe("a segment", () => {
  test("opens with @ipld/car, has the CIDs as they were put, and a root that no tool refuses", async () => {
    using folder = makeTempFolder();
    const [first, second] = [numberedBlock(1, 90), numberedBlock(2, 100_000)];
    const cids = [
      CID.createV1(codec.dagCbor, first.cid.multihash),
      CID.parse("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"),
      second.cid,
    ];
    {
      await using store = await openLog(folder.path);
      await store.blocks.put(cids[0] ?? first.cid, first.bytes);
      await store.blocks.put(cids[1] ?? first.cid, new Uint8Array());
      await store.blocks.put(second.cid, second.bytes);
    }
    const car = await CarReader.fromBytes(readFileSync(join(folder.path, "blocks/000001.car")));
    expect((await car.getRoots()).map(String)).toEqual(["bafkqaaa"]);
    const found = await Array.fromAsync(car.blocks());
    expect(found.map(({ cid }) => cid.toString())).toEqual(cids.map(String));
    expect(found.map(({ bytes }) => bytes.length)).toEqual([90, 0, 100_000]);
  });

  test("is no longer than its limit, but for one block that is", async () => {
    using folder = await makeFolder();
    await using store = await openLog(folder.path);
    expect(await store.blocks.stat()).toMatchObject({ blocks: 13, segments: 4 });
    expect(await hasAll(store.blocks, [...blocks, big])).toBe(true);
  });
});

describe("verify", () => {
  test("is content with a sound folder", async () => {
    using folder = await makeFolder();
    expect(await problemsIn(folder)).toEqual([]);
  });

  test("is content while blocks come that are not written yet, also when they are in the end", async () => {
    using folder = makeTempFolder();
    const disk = new FaultDisk();
    const options = { disk, segmentSizeBytes: 2000, liveShareMin: 0 };
    await using store = await openLog(folder.path, options);
    await putAll(store.blocks, blocks);
    const gate = Promise.withResolvers<void>();
    await using writer = store.blocks.openWriter();
    const found: (string | undefined)[] = [];
    // the end of the log is read just before the block is there
    disk.afterRead = async () => {
      if (found.length < blocks.length) return;
      gate.resolve();
      await using _ = await store.blocks.beginCollection(); // waits until all is written and indexed
    };
    for await (const { problem } of store.blocks.verify()) {
      found.push(problem);
      if (found.length > 1) continue;
      disk.before = ({ kind }) => (kind === "write" ? gate.promise : undefined);
      await writer.put(later.cid, later.bytes);
    }
    gate.resolve();
    expect(found).toEqual(blocks.map(() => undefined));
    expect((await store.blocks.stat()).segments).toBe(3);
  });

  test("names the block whose bytes have changed", async () => {
    using folder = await makeFolder();
    const [, , third] = blocks;
    if (third !== undefined) damage(folder, third, 7);
    const expected = `${String(third?.cid)}: the bytes do not match the hash`;
    expect(await problemsIn(folder)).toEqual([expected]);
  });

  test("finds every block behind a damaged length, and says so", async () => {
    using folder = await makeFolder();
    const [first] = blocks;
    if (first !== undefined) damage(folder, first, -38); // the length before the CID
    const problems = await problemsIn(folder);
    expect(problems.length).toBe(4);
    expect(problems.join()).toContain("it is not where the index says, in 000001.car");
    expect(problems.join()).toContain("in 000001.car, a CID is not readable at 26, before it");
  });

  test("finds a segment that is missing", async () => {
    using folder = await makeFolder();
    rmSync(join(folder.path, "blocks/000002.car"));
    const problems = await problemsIn(folder);
    expect(problems.length).toBe(4);
    expect(problems[0]).toEndWith("000002.car is missing");
    await using store = await openLog(folder.path);
    const read = Promise.all(blocks.map(({ cid }) => store.blocks.read(cid)));
    await expect(read).rejects.toMatchObject({ code: "STORAGE_DAMAGED", segment: "000002.car" });
  });

  test("finds segments that changed places", async () => {
    using folder = await makeFolder();
    const [one, two, three] = [1, 2, 3].map((at) => join(folder.path, `blocks/00000${at}.car`));
    renameSync(one ?? "", three ?? "");
    renameSync(two ?? "", one ?? "");
    expect((await problemsIn(folder)).length).toBeGreaterThan(4);
    await rebuildIndex(folder.path);
    expect(await problemsIn(folder)).toEqual([]);
  });

  test("finds a block that the index has lost, and a rebuild brings it back", async () => {
    using folder = await makeFolder();
    const [, second] = blocks;
    const level = new ClassicLevel(join(folder.path, "db"), { keyEncoding: "buffer" });
    await level.open();
    const key = Buffer.concat([Buffer.from("b"), second?.cid.multihash.bytes ?? Buffer.of()]);
    await level.del(key, { keyEncoding: "buffer" });
    await level.close();
    expect(await problemsIn(folder)).toEqual([
      `${String(second?.cid)}: the index does not know it`,
    ]);
    await rebuildIndex(folder.path);
    expect(await problemsIn(folder)).toEqual([]);
  });
});
