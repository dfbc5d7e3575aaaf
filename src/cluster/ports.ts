import type { BlockWriter, CID, Pin, PinMode, SignalOptions } from "#model";

/**
 * The replicated pinset. Here a keyspace of one peer's LevelDB; later a Merkle-CRDT behind the same port.
 * A change is durable when its promise resolves.
 */
export interface Consensus {
  get(cid: CID): Promise<Pin | undefined>;
  /** All pins, in key order, streamed. */
  list(): AsyncIterable<Pin>;
  /** The same in pieces of about a thousand, none of them empty: faster by far for those who want many. */
  pages(): AsyncIterable<readonly Pin[]>;
  logPin(pin: Pin): Promise<void>;
  /** @throws {NotInPinsetError} when it is not in the pinset. */
  logUnpin(cid: CID): Promise<void>;
  /** Member peer ids, our own among them. */
  peers(): Promise<readonly string[]>;
}

/**
 * Where a pinset of one peer lies: ordered keys and values, durable when a change resolves unless `sync` is false. Changes
 * that come at once should share a sync. A storage keyspace is one.
 */
export interface PinsetStore {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  put(key: Uint8Array, value: Uint8Array): Promise<void>;
  delete(key: Uint8Array, options?: { readonly sync?: boolean }): Promise<void>;
  /** In key order, streamed in pieces that are not empty; nothing is held while the consumer thinks. */
  pages(): AsyncIterable<readonly (readonly [key: Uint8Array, value: Uint8Array])[]>;
}

/**
 * Unpins that the pinset knows and the node may not yet: what a crash has left in between is done at the next start.
 * What is added is durable when its promise resolves; what is removed may come back after a crash.
 */
export interface UnpinJournal {
  add(cid: CID): Promise<void>;
  remove(cid: CID): Promise<void>;
  list(): AsyncIterable<CID>;
}

export interface PinCallOptions extends SignalOptions {
  readonly isLocalOnly?: boolean;
  /** What of it is here so far, fetched or found. */
  readonly onProgress?: (blocks: number, bytes: number) => void;
}

/** How far the fetching for a pin is. */
export interface PinProgress {
  /** Here so far, fetched or found. */
  readonly totalBlocks: number;
  readonly totalBytes: number;
  /** Fetched. */
  readonly blocks: number;
  readonly bytes: number;
  readonly providers: number;
  /** When the last block came; Unix milliseconds. */
  readonly lastBlockAt: number | undefined;
  /** Why nothing comes just now, in words; empty while blocks come. */
  readonly waiting: string;
}

/** What the cluster asks of an IPFS node: the embedded one, or a Kubo elsewhere. */
export interface IpfsConnector {
  /** The node's identity. */
  id(): Promise<{ readonly id: string; readonly addresses: readonly string[] }>;
  /** The node's id as it was told last, for when it does not answer; undefined while it never has. */
  lastId?(): string | undefined;
  /**
   * Makes sure that the content is here and kept. Resolves when it is durable. With `isLocalOnly` nothing is fetched.
   * @throws {BlockNotFoundError} when something is missing and may not, or cannot, be fetched
   */
  pin(pin: Pin, options?: PinCallOptions): Promise<void>;
  /** Like pin, for content that the caller has just written whole: no walk, no fetching. */
  pinWritten(pin: Pin): Promise<void>;
  /** Removes the pin record; nothing happens when there is none. */
  unpin(cid: CID, options?: SignalOptions): Promise<void>;
  /** How the CID is pinned in the node; undefined when it is not. */
  pinStatus(cid: CID, options?: SignalOptions): Promise<PinMode | undefined>;
  /** How far the fetching for a pin is; undefined when nothing is fetched for it. */
  pinProgress?(cid: CID): PinProgress | undefined;
  /** The same for many, in their order; without it each is asked for by itself. */
  pinStatuses?(cids: readonly CID[]): Promise<readonly (PinMode | undefined)[]>;
  /** What a block that is here links to: the parts of an add in shards are found by it. */
  linksOf(cid: CID, options?: SignalOptions): Promise<readonly CID[]>;
  /** Whether the block of a CID is here: a quick look, which decides whether trying to pin without fetching is worth it. */
  hasBlock?(cid: CID): Promise<boolean>;
  /** Every pin record, streamed. */
  pinList(): AsyncIterable<{ readonly cid: CID; readonly mode: PinMode }>;
  /** The CID at the end of an /ipfs, /ipns or /ipld path. */
  resolve(path: string, options?: SignalOptions): Promise<CID>;
  /** Ids of the peers that the node's swarm is connected to; without it none are told. */
  swarmPeers?(options?: SignalOptions): Promise<readonly string[]>;
  repoStat(): Promise<{ readonly repoSize: number; readonly storageMax: number }>;
  /** Where an add puts its blocks. */
  openWriter(): BlockWriter;
  /** Collects garbage; yields what was removed. */
  collectGarbage(options?: SignalOptions): AsyncIterable<CID>;
}
