import type { CID } from "./cid.ts";

/** Content and its address. Whoever hands a block on gives up its bytes: they must not change afterwards. */
export interface Block {
  readonly cid: CID;
  readonly bytes: Uint8Array;
}

export interface SignalOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where blocks are read from: a store, or a store with a network behind it. */
export interface BlockSource {
  /** @throws {BlockNotFoundError} when it is not here and cannot be fetched. */
  get(cid: CID, options?: SignalOptions): Promise<Uint8Array>;
  /**
   * Several blocks, in the order asked. Neighbours on disk are read in one piece, so ask for what belongs
   * together, at most a few MiB at once.
   * @throws {BlockNotFoundError} for the first one that is missing.
   */
  getBatch(cids: readonly CID[], options?: SignalOptions): Promise<readonly Uint8Array[]>;
  /** Whether the block is here, without any fetching. */
  has(cid: CID): Promise<boolean>;
  /** The block, when it is in memory already: for answers that are given again and again. */
  peek?(cid: CID): Uint8Array | undefined;
  /**
   * Tells what will be asked for soon, in this order and with all that is below it, so that it can be fetched meanwhile.
   * Counts as long as the signal is not aborted; does nothing where nothing is fetched.
   */
  expect?(cids: readonly CID[], options: SignalOptions): void;
}

/** Where new blocks go. Takes a block at once, or answers a promise that resolves when there is room for more. */
export interface BlockSink {
  put(cid: CID, bytes: Uint8Array): void | Promise<void>;
  /**
   * Memory of exactly this size with anything in it, to be filled and put here: the sink uses it again once it is done
   * with the block. Undefined when the sink has none to lend.
   */
  allocate?(sizeBytes: number): Uint8Array | undefined;
}

/**
 * A sink with durability and a lease: nothing that was put (or was already there when it was put) is collected
 * as garbage until the writer is disposed. Dispose it after the pin is written.
 */
export interface BlockWriter extends BlockSink, AsyncDisposable {
  /** Resolves when everything put so far survives a power cut. */
  flush(): Promise<void>;
}
