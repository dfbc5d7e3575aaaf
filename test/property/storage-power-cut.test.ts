// Goal: what a flush acknowledged survives a power cut at any moment, also while others write, collect and compact; what
// was deleted stays so; and the rebuilt index is the one that was.
// Method: writers run at once over a disk that knows what was synced. At a random disk call the folder is copied as a
// power cut would leave it, with what was acknowledged until then. The copy is opened, checked and rebuilt.

import { expect, test } from "bun:test";
import { join } from "node:path";

import * as fc from "fast-check";

import type { Block } from "#model";
import { rebuildIndex } from "#storage";
import { FaultDisk } from "#test/fault-disk";
import { dumpIndex } from "#test/index-dump";
import { collectAllBut, openLog, presentOf, problemsOf, putAll } from "#test/store-tools";
import { makeTempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

const options = {
  segmentSizeBytes: 6000,
  syncEveryBytes: 5000,
  indexEveryBlocks: 6,
  openSegmentsMax: 4,
};
const blocks: readonly Block[] = Array.from({ length: 120 }, (_, at) =>
  numberedBlock(at, at % 9 === 0 ? 70_000 : 50 + ((at * 37) % 900)),
);
const firstHalf = blocks.slice(0, 60);
const kept = firstHalf.filter((_, at) => at % 3 === 0);

test("a power cut takes nothing that was acknowledged", async () => {
  const scenario = {
    cutAt: fc.nat(120),
    writers: fc.integer({ min: 1, max: 4 }),
    flushEvery: fc.integer({ min: 1, max: 12 }),
    chances: fc.infiniteStream(fc.boolean()),
  };
  const property = fc.asyncProperty(fc.record(scenario), runScenario);
  await fc.assert(property, { numRuns: 60 });
}, 60_000);

async function runScenario(scenario: {
  readonly cutAt: number;
  readonly writers: number;
  readonly flushEvery: number;
  readonly chances: fc.Stream<boolean>;
}): Promise<void> {
  using folder = makeTempFolder();
  const disk = new FaultDisk();
  const acknowledged = new Set<Block>();
  const deleted = new Set<Block>();
  const copy = join(folder.path, "copy");
  let atCut: { readonly here: readonly Block[]; readonly gone: readonly Block[] } | undefined;
  {
    await using store = await openLog(join(folder.path, "origin"), { ...options, disk });
    await putAll(store.blocks, firstHalf);
    for (const block of kept) acknowledged.add(block);
    let calls = 0;
    disk.fault = ({ kind }) => {
      if (kind !== "read") calls += 1;
      if (calls !== scenario.cutAt + 1 || atCut !== undefined) return undefined;
      const chance = (): boolean => scenario.chances.next().value ?? false;
      disk.copyAfterPowerCut(join(folder.path, "origin"), copy, chance);
      atCut = { here: [...acknowledged], gone: [...deleted] };
      return undefined;
    };
    const collected = Promise.withResolvers<void>();
    const write = async (number: number): Promise<void> => {
      await using writer = store.blocks.openWriter();
      const mine = blocks.slice(60).filter((_, at) => at % scenario.writers === number);
      for (const [at, { cid, bytes }] of mine.entries()) {
        await writer.put(cid, bytes);
        if (at % scenario.flushEvery !== 0) continue;
        await writer.flush();
        for (const block of mine.slice(0, at + 1)) acknowledged.add(block);
      }
      await collected.promise; // what no open writer keeps would be garbage to a collection that begins late
    };
    const collect = async (): Promise<void> => {
      await collectAllBut(store.blocks, kept);
      collected.resolve();
      for (const block of firstHalf) if (!kept.includes(block)) deleted.add(block);
      await store.blocks.compact();
    };
    await Promise.all([
      collect(),
      ...Array.from({ length: scenario.writers }, (_, at) => write(at)),
    ]);
    disk.fault = () => undefined;
  }
  if (atCut === undefined) return; // there were fewer calls
  await checkCopy(copy, atCut);
}

async function checkCopy(
  copy: string,
  expected: { readonly here: readonly Block[]; readonly gone: readonly Block[] },
): Promise<void> {
  let present: readonly boolean[] = [];
  {
    await using store = await openLog(copy, { ...options, liveShareMin: 0 });
    expect((await presentOf(store.blocks, expected.here)).includes(false)).toBe(false);
    expect((await presentOf(store.blocks, expected.gone)).includes(true)).toBe(false);
    expect(await problemsOf(store.blocks)).toEqual([]);
    present = await presentOf(store.blocks, blocks);
    expect((await store.blocks.stat()).blocks).toBe(present.filter(Boolean).length);
  }
  const before = await dumpIndex(copy);
  await rebuildIndex(copy);
  expect(await dumpIndex(copy)).toEqual(before);
  await using again = await openLog(copy, options);
  expect(await presentOf(again.blocks, blocks)).toEqual(present);
}
