import { statfs } from "node:fs/promises";

import type { Settings } from "./config/settings.ts";

/** Settings of the store under the names that its room uses. */
export interface StoreSettings {
  readonly engine: "log" | "level";
  readonly segmentSizeBytes: number;
  readonly liveShareMin: number;
  readonly writeWindowBytes: number;
  readonly syncEveryBytes: number;
  readonly indexEveryBlocks: number;
  readonly hotBlocksBytes: number;
  readonly cacheSizeBytes: number;
  readonly openSegmentsMax: number;
  readonly reserveBytes: number;
}

export function storeSettings({ store }: Settings): StoreSettings {
  return {
    engine: store.engine,
    segmentSizeBytes: store.segment_size,
    liveShareMin: store.compaction_threshold,
    writeWindowBytes: store.write_window,
    syncEveryBytes: store.sync_every,
    indexEveryBlocks: store.index_every_blocks,
    hotBlocksBytes: store.hot_blocks,
    cacheSizeBytes: store.index_cache_size,
    openSegmentsMax: store.open_segments_max,
    reserveBytes: store.reserve,
  };
}

/** `ipfs.storage_max`, else what is free on the folder's disk less a tenth; `usedBytes` is what blocks take already. */
export async function storageMaxBytes(
  settings: Settings,
  path: string,
  usedBytes: () => Promise<number> | number,
): Promise<number> {
  if (settings.ipfs.storage_max !== undefined) return settings.ipfs.storage_max;
  const { bavail, bsize } = await statfs(path);
  return Math.floor((bavail * bsize + (await usedBytes())) * 0.9);
}
