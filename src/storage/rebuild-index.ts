import { join } from "node:path";

import { openDatabase } from "./database.ts";
import { IndexTable } from "./log/index-table.ts";
import { Marks } from "./log/marks.ts";
import { recoverLog } from "./log/recover-log.ts";
import { SegmentFiles } from "./log/segment-files.ts";
import { defaultStoreOptions, type StoreOptions } from "./options.ts";

/**
 * Makes the index of the block log anew, from the segments and what is marked in them alone. Other keyspaces stay as
 * they are. When it is interrupted, the next open (or rebuild) finishes it.
 * @throws {FolderLockedError} {FolderFormatError} {FolderEngineError}
 */
export async function rebuildIndex(
  folder: string,
  config: Partial<StoreOptions> = {},
): Promise<{ readonly blocks: number; readonly segments: number }> {
  const options = { ...defaultStoreOptions, ...config };
  const { disk, logger, verifyBlock } = options;
  await using database = await openDatabase(folder, { ...options, engine: "log" });
  const blocksFolder = join(folder, "blocks");
  disk.makeFolder(blocksFolder);
  const files = new SegmentFiles(disk, blocksFolder, options.openSegmentsMax);
  const table = new IndexTable(database.level);
  const marks = new Marks(disk, blocksFolder);
  try {
    await table.clear();
    const log = await recoverLog(
      { disk, files, marks, table, logger, verifyBlock },
      { isRebuild: true },
    );
    const blocks = [...log.stats.values()].reduce((sum, { liveBlocks }) => sum + liveBlocks, 0);
    return { blocks, segments: log.stats.size };
  } finally {
    files.close();
  }
}
