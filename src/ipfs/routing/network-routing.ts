import {
  abortReason,
  type Clock,
  type Logger,
  LruMap,
  mergeSources,
  messageOf,
  type SourceMaker,
} from "#lib";
import type { CID } from "#model";
import {
  type Dht,
  NoPeersError,
  PeerNotFoundError,
  type QueryOptions,
  type RecordValidator,
} from "#net";

import type { Provider } from "../exchange/types.ts";
import type { RoutingBounds } from "./bounds.ts";
import { RecordNotFoundError } from "./errors.ts";
import type { HttpRouter } from "./http-router.ts";
import { BestRecord, ipnsName } from "./record-search.ts";
import { SharedSearch } from "./shared-search.ts";
import type { Announcer, RecordQueryOptions, Routing } from "./types.ts";

export interface NetworkRoutingDeps {
  readonly dht: Dht | undefined;
  readonly routers: readonly HttpRouter[];
  readonly announcer: Announcer & AsyncDisposable;
  readonly bounds: RoutingBounds;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly validators: readonly RecordValidator[];
}

const defaultRecordCount = 16;

/** The DHT and delegated routers, asked at the same time. */
export class NetworkRouting implements Routing {
  readonly announcer: Announcer & AsyncDisposable;
  readonly #deps: NetworkRoutingDeps;
  readonly #searches = new Map<string, SharedSearch<Provider>>();
  /** Content that nobody had, and until when that is believed. */
  readonly #empty: LruMap<string, number>;
  /** What goes on after its caller was answered. */
  readonly #behind = new Set<Promise<unknown>>();

  constructor(deps: NetworkRoutingDeps) {
    this.#deps = deps;
    this.announcer = deps.announcer;
    this.#empty = new LruMap(deps.bounds.emptyMax);
  }

  async *findProviders(
    cid: CID,
    options: QueryOptions & { readonly max?: number } = {},
  ): AsyncGenerator<Provider> {
    const max = options.max ?? this.#deps.bounds.providersMax;
    if (max <= 0) return;
    let count = 0;
    for await (const provider of this.#providers(cid, options)) {
      yield provider;
      count += 1;
      if (count >= max) return;
    }
  }

  async findPeer(peer: string, options: QueryOptions = {}): Promise<Provider> {
    const { dht, routers } = this.#deps;
    const makers: SourceMaker<Provider>[] = routers.map(
      (router) => (signal) => router.findPeer(peer, { signal }),
    );
    if (dht !== undefined) {
      makers.push(async function* (signal) {
        yield { ...(await dht.findPeer(peer, { ...options, signal })), protocols: [] };
      });
    }
    for await (const found of this.#merge(makers, options.signal)) {
      if (found.addresses.length > 0) return found;
    }
    throw new PeerNotFoundError(peer);
  }

  async provide(cid: CID, options: QueryOptions = {}): Promise<void> {
    const { dht } = this.#deps;
    if (dht === undefined) throw new NoPeersError("cannot provide");
    await dht.provide(cid.multihash.bytes, options);
  }

  async getRecord(key: Uint8Array, options: RecordQueryOptions = {}): Promise<Uint8Array> {
    let best: Uint8Array | undefined;
    for await (const record of this.records(key, options)) best = record;
    if (best === undefined) throw new RecordNotFoundError();
    return best;
  }

  async *records(key: Uint8Array, options: RecordQueryOptions = {}): AsyncGenerator<Uint8Array> {
    const { dht, routers, validators } = this.#deps;
    const best = new BestRecord(key, validators);
    const name = ipnsName(key);
    const makers: SourceMaker<Uint8Array>[] = [];
    if (dht !== undefined) {
      makers.push(async function* (signal) {
        for await (const { value } of dht.values(key, { ...options, signal })) yield value;
      });
    }
    for (const router of name === undefined ? [] : routers) {
      makers.push(async function* (signal) {
        const record = await router.getName(name ?? key, { signal });
        if (record !== undefined) yield record;
      });
    }
    for await (const record of this.#merge(makers, options.signal)) {
      if (await best.offer(record)) yield record;
      if (best.count >= (options.count ?? defaultRecordCount)) return;
    }
  }

  async putRecord(key: Uint8Array, record: Uint8Array, options: QueryOptions = {}): Promise<void> {
    const { dht, routers } = this.#deps;
    const name = ipnsName(key);
    const attempts: Promise<void>[] = [];
    if (dht !== undefined) attempts.push(dht.put(key, record, options));
    for (const router of name === undefined ? [] : routers) {
      attempts.push(router.putName(name ?? key, record, options));
    }
    this.#keepBehind(attempts);
    if (attempts.length === 0) throw new NoPeersError("cannot put a record");
    try {
      await Promise.any(attempts);
    } catch (thrown) {
      if (options.signal?.aborted === true) throw abortReason(options.signal);
      throw firstCause(thrown);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const search of this.#searches.values()) search.stop();
    await this.announcer[Symbol.asyncDispose]();
    await Promise.allSettled(this.#behind);
  }

  /** A search that runs already is joined, unless somebody watches how it goes. */
  #providers(cid: CID, options: QueryOptions): AsyncIterable<Provider> {
    const { clock, bounds } = this.#deps;
    const key = Buffer.from(cid.multihash.bytes).toString("latin1");
    if (options.onEvent !== undefined) return this.#search(cid, options);
    if ((this.#empty.get(key) ?? 0) > clock.now()) return nothing();
    const running = this.#searches.get(key);
    if (running !== undefined && !running.isStopped) return running.read(options.signal);
    let isWhole = true;
    const search = new SharedSearch(
      (signal) =>
        this.#search(cid, { signal }, () => {
          isWhole = false;
        }),
      bounds.providersMax,
    );
    this.#searches.set(key, search);
    this.#keepBehind([this.#forget(key, search, () => isWhole)]);
    return search.read(options.signal);
  }

  /** When a search is over, nobody joins it; that it found nothing is remembered, if everybody was heard. */
  async #forget(
    key: string,
    search: SharedSearch<Provider>,
    isWhole: () => boolean,
  ): Promise<void> {
    await search.ended;
    if (this.#searches.get(key) === search) this.#searches.delete(key);
    if (search.isEmpty && !search.isStopped && isWhole()) this.#rememberEmpty(key);
  }

  #rememberEmpty(key: string): void {
    const { clock, bounds, dht, routers } = this.#deps;
    const isAnybodyThere = routers.length > 0 || (dht?.size ?? 0) > 0;
    if (isAnybodyThere) this.#empty.set(key, clock.now() + bounds.emptyMs);
  }

  /** Each provider once, as they come; addresses and protocols of the first who knew it. */
  async *#search(
    cid: CID,
    options: QueryOptions,
    onFailure?: () => void,
  ): AsyncGenerator<Provider> {
    const { dht, routers } = this.#deps;
    const makers: SourceMaker<Provider>[] = routers.map(
      (router) => (signal) => router.findProviders(cid, { signal }),
    );
    if (dht !== undefined) {
      makers.push(async function* (signal) {
        const found = dht.findProviders(cid.multihash.bytes, { ...options, signal });
        for await (const peer of found) yield { ...peer, protocols: [] };
      });
    }
    const seen = new Set<string>();
    for await (const provider of this.#merge(makers, options.signal, onFailure)) {
      if (seen.has(provider.peer)) continue;
      seen.add(provider.peer);
      yield provider;
    }
  }

  #merge<T>(
    makers: readonly SourceMaker<T>[],
    signal: AbortSignal | undefined,
    whenFailed?: () => void,
  ): AsyncIterable<T> {
    const onFailure = (thrown: unknown): void => {
      this.#deps.logger.debug("a router failed", { problem: messageOf(thrown) });
      whenFailed?.();
    };
    return mergeSources(makers, { signal, onFailure });
  }

  #keepBehind(work: readonly Promise<unknown>[]): void {
    for (const one of work) {
      this.#behind.add(one);
      const end = (): boolean => this.#behind.delete(one);
      one.then(end, end); // its caller was told of a failure, or did not wait
    }
  }
}

async function* nothing(): AsyncGenerator<never> {
  // nobody had it a moment ago
}

function firstCause(thrown: unknown): unknown {
  return thrown instanceof AggregateError ? thrown.errors[0] : thrown;
}
