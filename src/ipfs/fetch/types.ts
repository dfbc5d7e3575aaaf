import type { SignalOptions } from "#model";
import type { BlockStore } from "#storage";

import type { CollectionEpoch } from "../collection-epoch.ts";
import type { Exchange, FetchProgress } from "../exchange/types.ts";
import type { Arrivals } from "./arrivals.ts";
import type { FetchBounds } from "./bounds.ts";

/** Opens sessions when the network is open. @throws {OfflineError} when there is none */
export type OpenExchange = (options: SignalOptions) => Promise<Pick<Exchange, "openSession">>;

/** What fetching for pins stands on. */
export interface FetchDeps {
  readonly blocks: BlockStore;
  /** Undefined: nothing can be fetched. */
  readonly exchange: OpenExchange | undefined;
  readonly arrivals: Arrivals;
  readonly epoch: CollectionEpoch;
  readonly bounds: FetchBounds;
}

/** How far a pin is. */
export interface PinProgress extends FetchProgress {
  /** Blocks of the DAG that are here and known to belong to it, fetched or found. */
  readonly totalBlocks: number;
  readonly totalBytes: number;
}
