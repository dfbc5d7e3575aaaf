import type { Clock, Logger } from "#lib";
import type { BlockSource, BlockWriter, CID } from "#model";
import type { BlockStore } from "#storage";

import { CollectionEpoch } from "../collection-epoch.ts";
import { createLocalSource, openFetchingSource } from "../sources.ts";
import { Arrivals } from "./arrivals.ts";
import { defaultFetchBounds, type FetchBounds } from "./bounds.ts";
import type { FetchDeps, OpenExchange } from "./types.ts";

/** Where the node's blocks come from, and what pins, collections and writers share about that. */
export interface Fetching extends AsyncDisposable {
  /** Local blocks, then other nodes'. */
  readonly source: BlockSource;
  readonly localSource: BlockSource;
  /** What pin records fetch with; its `epoch` is for collections too. */
  readonly pinDeps: FetchDeps;
  /** A writer whose blocks reach those here who want them. `arrived` is the exchange's, when there is one. */
  announce(writer: BlockWriter, arrived: (cid: CID, bytes: Uint8Array) => void): BlockWriter;
}

/** `exchange`: undefined when nothing can be fetched; then what is missing is an error at once. */
export function openFetching(
  deps: {
    readonly blocks: BlockStore;
    readonly exchange: OpenExchange | undefined;
    readonly clock: Clock;
    readonly logger: Logger;
  },
  wishes: Partial<FetchBounds> = {},
): Fetching {
  const { blocks, exchange } = deps;
  const bounds = { ...defaultFetchBounds, ...wishes };
  const arrivals = new Arrivals();
  const localSource = createLocalSource(blocks);
  const fetching = exchange && openFetchingSource({ ...deps, exchange, arrivals, bounds });
  return {
    source: fetching?.source ?? localSource,
    localSource,
    pinDeps: { blocks, exchange, arrivals, bounds, epoch: new CollectionEpoch() },
    announce: (writer, arrived) => ({
      put: (cid, bytes) => {
        arrivals.note();
        // told first: the writer may use the memory again at once
        arrived(cid, bytes);
        return writer.put(cid, bytes);
      },
      allocate: (sizeBytes) => writer.allocate?.(sizeBytes),
      flush: () => writer.flush(),
      [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
    }),
    [Symbol.asyncDispose]: async () => {
      await fetching?.[Symbol.asyncDispose]();
    },
  };
}
