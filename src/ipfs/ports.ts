import type { CID, PinMode, SignalOptions } from "#model";

/** Where blocks that are not here come from. The network room will fill it; without one, nothing can be fetched. */
export interface Fetcher {
  /** The block, checked against its hash. @throws {BlockNotFoundError} when nobody has it */
  fetch(cid: CID, options?: SignalOptions): Promise<Uint8Array>;
}

/** What the node itself keeps from garbage collection, as `ipfs pin` shows it. */
export interface PinRecord {
  readonly cid: CID;
  readonly mode: PinMode;
  readonly name: string;
}
