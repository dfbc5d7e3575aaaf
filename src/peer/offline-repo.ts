import { existsSync } from "node:fs";

import { verifyBlock } from "#dag";
import {
  type BlockStoreStat,
  openStore,
  rebuildIndex,
  type Store,
  type VerifiedBlock,
} from "#storage";

import type { Environment } from "./config/environment.ts";
import { loadConfig } from "./config/load.ts";
import { NotInitializedError } from "./errors.ts";
import type { DataFolder } from "./folder.ts";
import { storageMaxBytes, storeSettings } from "./store-options.ts";

/** The block store of a folder in which no peer runs. */
export interface OfflineRepo extends AsyncDisposable {
  stat(): Promise<BlockStoreStat & { readonly storageMax: number }>;
  verify(): AsyncIterable<VerifiedBlock>;
}

/** Opens and locks the folder's store. @throws {NotInitializedError} {FolderLockedError} {FolderFormatError} */
export async function openOfflineRepo(
  folder: DataFolder,
  environment: Environment,
): Promise<OfflineRepo> {
  const { settings } = await loadConfig(folder.configPath, environment);
  // nothing is written, so no limit is needed
  const limit = { storageMaxBytes: Number.MAX_SAFE_INTEGER, verifyBlock };
  const store: Store = await openStore(folder.path, { ...storeSettings(settings), ...limit });
  return {
    stat: async () => {
      const stat = await store.blocks.stat();
      const storageMax = await storageMaxBytes(settings, folder.path, () => stat.diskBytes);
      return { ...stat, storageMax };
    },
    verify: () => store.blocks.verify(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

/** Makes the index anew from the segments alone. @throws {FolderLockedError} while a peer runs */
export async function rebuildRepoIndex(
  folder: DataFolder,
  environment: Environment,
): Promise<{ readonly blocks: number; readonly segments: number }> {
  if (!existsSync(folder.configPath)) {
    throw new NotInitializedError(folder.path, "configuration");
  }
  const { settings } = await loadConfig(folder.configPath, environment);
  return rebuildIndex(folder.path, { ...storeSettings(settings), verifyBlock });
}
