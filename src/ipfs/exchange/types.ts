import type { BlockSink, CID, SignalOptions } from "#model";

import type { Fetcher } from "../ports.ts";

/** Gets blocks from other nodes and gives them ours: bitswap, and trustless HTTP gateways. */
export interface Exchange extends Fetcher, AsyncDisposable {
  /** A session asks the peers that were useful to it first. What it fetched is put into `sink`. */
  openSession(options: SessionOptions): FetchSession;
  /** A block came by another way, an add or an import: those who want it get it. The bytes may be lent memory. */
  arrived(cid: CID, bytes: Uint8Array): void;
  /** What we want; of a peer: what it wants of us. */
  wantlist(peer?: string): readonly CID[];
  stat(): ExchangeStat;
  /** Bytes of blocks received and sent so far. */
  movedBytes(): number;
  ledger(peer: string): ExchangeLedger;
}

export interface SessionOptions {
  /** Where blocks go before `fetch` resolves. */
  readonly sink: BlockSink;
  /** Where providers are looked for when nobody connected has a block: the root of a DAG. */
  readonly root?: CID | undefined;
  /** Peers or multiaddrs with /p2p/ID that probably have it (a pin's origins). */
  readonly hints?: readonly string[] | undefined;
}

/** Wants that belong together. Any number may be fetched at once: the session keeps its own windows. */
export interface FetchSession extends Fetcher, AsyncDisposable {
  /**
   * Fetches a block into the sink alone and answers its length. Memory that the sink lends goes round, so that this is
   * cheaper than `fetch`.
   */
  store(cid: CID, options?: StoreOptions): Promise<number>;
  progress(): FetchProgress;
}

export interface StoreOptions extends SignalOptions {
  /** Called with the bytes before they go into the sink; must not keep them, and must not throw. */
  readonly look?: (bytes: Uint8Array) => void;
}

export interface FetchProgress {
  /** Blocks and bytes that this session has fetched. */
  readonly blocks: number;
  readonly bytes: number;
  /** Peers that have sent blocks or said that they have some. */
  readonly providers: number;
  /** When the last block came; Unix milliseconds. */
  readonly lastBlockAt: number | undefined;
  /** Why nothing comes just now, in words; empty while blocks come. */
  readonly waiting: string;
}

/** As `bitswap/stat`. */
export interface ExchangeStat {
  readonly wantlist: readonly CID[];
  readonly peers: readonly string[];
  readonly blocksReceived: number;
  readonly dataReceived: number;
  readonly dupBlocksReceived: number;
  readonly dupDataReceived: number;
  readonly messagesReceived: number;
  readonly blocksSent: number;
  readonly dataSent: number;
}

export interface ExchangeLedger {
  readonly peer: string;
  readonly sent: number;
  readonly received: number;
  /** Messages both ways. */
  readonly exchanged: number;
}

/** What the exchange asks of routing. */
export interface ProviderFinder {
  findProviders(
    cid: CID,
    options?: SignalOptions & { readonly max?: number },
  ): AsyncIterable<Provider>;
}

export interface Provider {
  readonly peer: string;
  readonly addresses: readonly string[];
  /** How it can be asked; empty when that is not known: `transport-bitswap`, `transport-ipfs-gateway-http`. */
  readonly protocols: readonly string[];
}
