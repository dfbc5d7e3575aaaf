import { createTurn } from "#lib";
import { type BlockSink, type BlockSource, type CID, parseCid } from "#model";

import { createBlockMaker, type Made } from "./block-maker.ts";
import { buildDirectory } from "./directory-build.ts";
import { Directory } from "./directory.ts";
import { resolveImportOptions } from "./import-options.ts";
import { listDirectory } from "./list-directory.ts";
import type { DirectoryEntry } from "./ports.ts";
import { statUnixFs } from "./stat.ts";

/** The empty directory that a tree of files begins with. */
export const emptyDirectory: CID = parseCid("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn");

/**
 * A directory with one more entry, flat or sharded by Kubo's rules; mode and time stay. Reads and writes that directory
 * alone. `isNew`: an entry of that name is an error, else it is replaced.
 * @throws {DuplicateEntryError | NotDirectoryError | NotUnixFsError | DamagedDagError | BlockNotFoundError}
 */
export async function addToDirectory(
  io: { readonly source: BlockSource; readonly sink: BlockSink },
  directory: CID,
  change: { readonly entry: DirectoryEntry; readonly isNew: boolean },
): Promise<Made> {
  const { entry, isNew } = change;
  const stat = await statUnixFs(io.source, directory);
  const changed = new Directory({ mode: stat.mode, mtime: stat.mtime });
  for await (const { name, cid, tsize } of listDirectory(io.source, directory)) {
    if (isNew || name !== entry.name) changed.addFile(name, { cid, tsize });
  }
  changed.addFile(entry.name, entry);
  const options = resolveImportOptions({ cidVersion: directory.version });
  const limits = {
    linksMax: options.directoryLinksMax,
    fanout: options.hamtFanout,
    thresholdBytes: options.hamtThresholdBytes,
    estimation: options.hamtEstimation,
  };
  const maker = createBlockMaker({ sink: io.sink, turn: createTurn() }, options);
  const { cid, tsize } = await buildDirectory(changed, maker, { own: limits, below: limits });
  return { cid, tsize };
}
