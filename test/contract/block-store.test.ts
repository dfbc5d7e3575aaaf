// Goal: every engine keeps the contract of `BlockStore`, through restarts, crashes, collections and compactions.
// Method: one suite, run over the block log (large and small segments, with a disk that loses what was not synced) and
// over the engine on blockstore-level. Commands are made by fast-check; see test/support/block-store-contract.ts.

import { expect } from "bun:test";
import { cpSync } from "node:fs";

import { openStore, rebuildIndex, type Store, type StoreOptions } from "#storage";
import { testBlockStore } from "#test/block-store-contract";
import { FaultDisk } from "#test/fault-disk";
import { dumpIndex } from "#test/index-dump";

function testLog(title: string, options: Partial<StoreOptions>, runs: number): void {
  let disk = new FaultDisk();
  testBlockStore(title, {
    runs,
    open: (folder): Promise<Store> => {
      disk = new FaultDisk();
      disk.noteDurable(folder);
      return openStore(folder, { engine: "log", storageMaxBytes: 1e12, disk, ...options });
    },
    crash: (from, to, chance) => disk.copyAfterPowerCut(from, to, chance),
    rebuild: async (folder) => {
      const before = await dumpIndex(folder);
      await rebuildIndex(folder);
      expect(await dumpIndex(folder)).toEqual(before);
    },
  });
}

testLog("the block log", {}, 30);
testLog(
  "the block log with small segments and batches",
  { segmentSizeBytes: 4096, indexEveryBlocks: 4, syncEveryBytes: 8192, openSegmentsMax: 3 },
  60,
);
testLog(
  "the block log with writers that remember little",
  { segmentSizeBytes: 4096, indexEveryBlocks: 8, leasedBlocksMax: 2, liveShareMin: 0.9 },
  40,
);
testBlockStore("the engine on blockstore-level", {
  runs: 20,
  open: (folder) => openStore(folder, { engine: "level", storageMaxBytes: 1e12 }),
  crash: (from, to) => cpSync(from, to, { recursive: true }),
});
