import type { Blockstore } from "interface-blockstore";

import type { BlockSource, BlockWriter, CID, SignalOptions } from "#model";

/**
 * The block store. It is an `interface-blockstore`, plus what the add path, reading in runs, garbage collection and
 * repair need. Keyed by multihash: two CIDs of one multihash are one block. Identity CIDs are answered from the CID
 * itself and never stored.
 */
export interface BlockStore extends Omit<Blockstore, "get" | "has">, AsyncDisposable {
  /** interface-blockstore's get, as a generator. */
  get: Blockstore["get"];
  has(cid: CID): Promise<boolean>;
  /** The block, or undefined when it is not here. */
  read(cid: CID, options?: SignalOptions): Promise<Uint8Array | undefined>;
  /** The block, when it is in memory already. Undefined says nothing. */
  peek?(cid: CID): Uint8Array | undefined;
  /** Several, in order; neighbours in a segment are read in one piece. */
  readBatch(
    cids: readonly CID[],
    options?: SignalOptions,
  ): Promise<readonly (Uint8Array | undefined)[]>;
  /** The block's length in bytes without reading it; undefined when it is not here. */
  sizeOf(cid: CID): Promise<number | undefined>;
  /** See `BlockWriter`: group commit and a lease against garbage collection. Many may be open at once. */
  openWriter(): BlockWriter;
  /** Resolves when everything that anybody has put so far survives a power cut. */
  flush(): Promise<void>;
  /**
   * Begins a collection. From now on what writers put (or find already there) is kept. Then mark, then sweep.
   * At most one at a time. @throws {CollectionRunningError}
   */
  beginCollection(): Promise<Collection>;
  /** Every block here, as raw CIDv1 of its multihash, in no order. Blocks that come and go meanwhile may be missed. */
  list(options?: SignalOptions): AsyncIterable<CID>;
  stat(): Promise<BlockStoreStat>;
  /** Reads every block and checks it against its hash; yields each once. What comes meanwhile is left out. */
  verify(options?: SignalOptions): AsyncIterable<VerifiedBlock>;
  /** Rewrites segments whose live share is low, until none is. Runs by itself too; tests and `repo gc` call it. */
  compact(options?: SignalOptions): Promise<CompactionResult>;
}

export interface Collection extends AsyncDisposable {
  /** Deletes every block that was there at the beginning, is not leased, and that `isLive` denies; yields each (raw CIDv1). */
  sweep(isLive: (multihash: Uint8Array) => boolean, options?: SignalOptions): AsyncIterable<CID>;
}

export interface BlockStoreStat {
  readonly blocks: number;
  /** Bytes of live blocks. */
  readonly liveBytes: number;
  /** Bytes on disk, with what was deleted and not yet compacted. */
  readonly diskBytes: number;
  readonly segments: number;
}

export interface VerifiedBlock {
  readonly cid: CID;
  /** Undefined when the block is sound; else what is wrong with it. */
  readonly problem: string | undefined;
}

export interface CompactionResult {
  readonly segmentsRewritten: number;
  readonly bytesFreed: number;
}

/** One of the LevelDB key ranges that `keyspaces.ts` lists. Keys are bytes, ordered bytewise. */
export interface Keyspace {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Several, in order. */
  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Durable when it resolves, unless `sync` is false. Changes that come while others are written share one sync. */
  put(key: Uint8Array, value: Uint8Array, options?: { readonly sync?: boolean }): Promise<void>;
  delete(key: Uint8Array, options?: { readonly sync?: boolean }): Promise<void>;
  /** All or nothing, and durable when it resolves, unless `sync` is false. `undefined` deletes. */
  batch(
    changes: readonly (readonly [key: Uint8Array, value: Uint8Array | undefined])[],
    options?: { readonly sync?: boolean },
  ): Promise<void>;
  /**
   * Entries in key order, read in pages: no LevelDB iterator is held while the consumer thinks, so the walk is not a
   * snapshot.
   */
  entries(options?: KeyspaceRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>;
  /** The same, a page of up to 1024 at once: faster by far for those who want many. No page is empty. */
  pages(
    options?: KeyspaceRange,
  ): AsyncIterable<readonly (readonly [key: Uint8Array, value: Uint8Array])[]>;
  count(): Promise<number>;
}

export interface KeyspaceRange {
  readonly gt?: Uint8Array;
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
}

/** The data folder, open and locked. */
export interface Store extends AsyncDisposable {
  readonly blocks: BlockStore;
  readonly source: BlockSource;
  keyspace(name: KeyspaceName): Keyspace;
}

/** The keyspaces of a data folder without its blocks, open and locked. */
export interface Keyspaces extends AsyncDisposable {
  keyspace(name: KeyspaceName): Keyspace;
  /** Begins a new pinset beside the one there is, empty. At most one at a time. */
  replacePinset(): Promise<Replacement>;
}

/** What is to take the place of a keyspace. Until it is committed it is nothing, whatever happens; disposal removes it. */
export interface Replacement extends AsyncDisposable {
  readonly keyspace: Keyspace;
  /** Puts it in place, at once and durably; keyspaces that were opened before still mean the old one. */
  commit(): Promise<void>;
}

export type KeyspaceName =
  "meta" | "blocks" | "segments" | "records" | "pinset" | "pinset2" | "unpins" | "datastore";
