import { sourceOf } from "./base-blocks.ts";
import { type Database, openDatabase } from "./database.ts";
import { openLevelBlocks } from "./level/level-blocks.ts";
import { openLogBlocks } from "./log/log-blocks.ts";
import { defaultStoreOptions, type StoreOptions } from "./options.ts";
import type { BlockStore, Keyspaces, Store } from "./ports.ts";

/** What has no default, and whatever else is wanted otherwise. */
export type StoreConfig = Partial<StoreOptions> & Pick<StoreOptions, "engine" | "storageMaxBytes">;

/**
 * Opens the data folder's `blocks/` and `db/` (made when missing) and locks it until the store is disposed. What a
 * crash left half-done is put right before it resolves.
 * @throws {FolderLockedError} another process has it
 * @throws {FolderFormatError} a newer program wrote it
 * @throws {FolderEngineError} its blocks are with the other engine
 */
export async function openStore(folder: string, config: StoreConfig): Promise<Store> {
  const options: StoreOptions = { ...defaultStoreOptions, ...config };
  await using stack = new AsyncDisposableStack();
  const database: Database = stack.use(await openDatabase(folder, options));
  const blocks: BlockStore = stack.use(
    options.engine === "log"
      ? await openLogBlocks(folder, database.level, options)
      : await openLevelBlocks(folder, options),
  );
  const open = stack.move();
  return {
    blocks,
    source: sourceOf(blocks),
    keyspace: (name) => database.keyspace(name),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/**
 * Opens the keyspaces of a data folder alone, for those who need no blocks; locks the folder until it is disposed.
 * @throws {FolderLockedError} another process has it {FolderFormatError} a newer program wrote it
 */
export function openKeyspaces(folder: string): Promise<Keyspaces> {
  const { cacheSizeBytes } = defaultStoreOptions;
  return openDatabase(folder, { engine: undefined, cacheSizeBytes });
}
