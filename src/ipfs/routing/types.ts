import type { CID, SignalOptions } from "#model";
import type { QueryOptions } from "#net";

import type { Provider, ProviderFinder } from "../exchange/types.ts";

/** Finds who has what and where they are: the DHT and delegated routers, asked at the same time. */
export interface Routing extends ProviderFinder, AsyncDisposable {
  findProviders(
    cid: CID,
    options?: QueryOptions & { readonly max?: number },
  ): AsyncIterable<Provider>;
  /** @throws {PeerNotFoundError} */
  findPeer(peer: string, options?: QueryOptions): Promise<Provider>;
  /** Now, and once. @throws {NoPeersError} */
  provide(cid: CID, options?: QueryOptions): Promise<void>;
  /** The best valid record (IPNS): by its namespace's validator. @throws {RecordNotFoundError} */
  getRecord(key: Uint8Array, options?: RecordQueryOptions): Promise<Uint8Array>;
  /** Each record that is better than those before. */
  records(key: Uint8Array, options?: RecordQueryOptions): AsyncIterable<Uint8Array>;
  /** Resolves when somebody has it. @throws {NoPeersError} */
  putRecord(key: Uint8Array, record: Uint8Array, options?: QueryOptions): Promise<void>;
  readonly announcer: Announcer;
}

export interface RecordQueryOptions extends QueryOptions {
  /** Enough records to choose from; default 16. */
  readonly count?: number;
}

/** Keeps the network told of what is here: in sweeps, slowly, over the whole interval. */
export interface Announcer {
  /** Soon, and again with every sweep. At most a bounded number waits; durable content is found by the next sweep. */
  enqueue(cid: CID): void;
  stat(): AnnouncerStat;
  /** Forgets what waits; answers how many. */
  clear(): number;
}

export interface AnnouncerStat {
  readonly queued: number;
  readonly provided: number;
  readonly failed: number;
  readonly lastSweepAt: number | undefined;
  readonly lastSweepMs: number;
  readonly nextSweepAt: number | undefined;
  readonly keysInLastSweep: number;
}

/** What there is to announce, by the strategy; streamed. */
export interface Announceable {
  keys(strategy: ProvideStrategy, options?: SignalOptions): AsyncIterable<CID>;
}

/** `roots`: roots of pins and of the files tree; `pinned`: every block below them; `all`: every block here. */
export type ProvideStrategy = "roots" | "pinned" | "all" | "none";
