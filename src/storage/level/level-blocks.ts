import type { StoreOptions } from "../options.ts";
import type { BlockStore } from "../ports.ts";

export function openLevelBlocks(_folder: string, _options: StoreOptions): Promise<BlockStore> {
  return Promise.reject(new Error("not yet"));
}
