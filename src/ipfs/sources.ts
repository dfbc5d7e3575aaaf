import { withWellKnownBlocks } from "#dag";
import { BlockNotFoundError, type BlockSource, type CID, type SignalOptions } from "#model";
import type { BlockStore } from "#storage";

import type { Fetcher } from "./ports.ts";

/** How many blocks of one batch are fetched at once. */
const fetchesMax = 8;

/** Blocks of the store alone. */
export function createLocalSource(blocks: BlockStore): BlockSource {
  return withWellKnownBlocks({
    get: async (cid, options) => (await blocks.read(cid, options)) ?? missing(cid),
    getBatch: async (cids, options) => {
      const found = await blocks.readBatch(cids, options);
      return found.map((bytes, index) => bytes ?? missing(cids[index]));
    },
    has: (cid) => blocks.has(cid),
    peek: (cid) => blocks.peek?.(cid),
  });
}

/** Blocks of the store, and what is missing from the fetcher. */
export function createFetchingSource(blocks: BlockStore, fetcher: Fetcher): BlockSource {
  return withWellKnownBlocks({
    get: async (cid, options) =>
      (await blocks.read(cid, options)) ?? (await fetcher.fetch(cid, options)),
    getBatch: async (cids, options) => {
      const found = await blocks.readBatch(cids, options);
      return found.includes(undefined)
        ? fillIn(fetcher, { cids, found, options })
        : found.map(present);
    },
    has: (cid) => blocks.has(cid),
  });
}

async function fillIn(
  fetcher: Fetcher,
  batch: {
    readonly cids: readonly CID[];
    readonly found: readonly (Uint8Array | undefined)[];
    readonly options: SignalOptions | undefined;
  },
): Promise<readonly Uint8Array[]> {
  const filled = [...batch.found];
  const missingAt = [...filled.keys()].filter((index) => filled[index] === undefined);
  const fetchNext = async (): Promise<void> => {
    for (let index = missingAt.shift(); index !== undefined; index = missingAt.shift()) {
      const cid = batch.cids[index];
      if (cid !== undefined) filled[index] = await fetcher.fetch(cid, batch.options);
    }
  };
  await Promise.all(Array.from({ length: fetchesMax }, fetchNext));
  return filled.map(present);
}

function present(bytes: Uint8Array | undefined, index: number): Uint8Array {
  if (bytes === undefined) throw new Error(`block ${index} of a batch was not filled in`);
  return bytes;
}

function missing(cid: CID | undefined): never {
  throw new BlockNotFoundError(String(cid), true);
}
