import type { Clock, Logger } from "#lib";
import type { Keyspace } from "#storage";

import type { Keys } from "../keys/types.ts";
import type { Routing } from "../routing/types.ts";
import type { TxtLookup } from "./dns.ts";
import { NameCache } from "./name-cache.ts";
import { parseNameId } from "./name-id.ts";
import { NamePublisher } from "./publisher.ts";
import { RecordSearch } from "./record-search.ts";
import { RecordStore } from "./record-store.ts";
import { startRepublisher } from "./republisher.ts";
import { NameResolver } from "./resolver.ts";
import type { Names } from "./types.ts";

export interface NamesDeps {
  readonly keys: Keys;
  /** `datastore`; names live under `/names/`. */
  readonly datastore: Keyspace;
  /** The network's routing, when there is a network; it may still be opening. */
  readonly routing: () => Promise<Routing> | undefined;
  /** See createTxtLookup. */
  readonly lookupTxt: TxtLookup;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface NamesOptions {
  /** How long a published record is valid; default 48 h. */
  readonly recordLifetimeMs?: number;
  /** Default 4 h; 0: never. */
  readonly republishPeriodMs?: number;
  /** Names whose answers are remembered; default 128. */
  readonly cacheSize?: number;
  /** Records of others that are kept; default 1024. */
  readonly importedMax?: number;
  /** As IPFS_NS_MAP; see parseNameMap. */
  readonly staticNames?: ReadonlyMap<string, string>;
}

const hourMs = 3_600_000;

/** Names over the node's keys; republishing begins. What it was given stays the caller's to close, after the names. */
export function openNames(deps: NamesDeps, options: NamesOptions = {}): Names {
  const { keys, routing, clock, logger } = deps;
  const store = new RecordStore({
    keyspace: deps.datastore,
    clock,
    importedMax: options.importedMax ?? 1024,
  });
  const cache = new NameCache(clock, options.cacheSize ?? 128);
  const lifetimeMs = options.recordLifetimeMs ?? 48 * hourMs;
  const publisher = new NamePublisher({ keys, store, cache, routing, clock, logger, lifetimeMs });
  const search = new RecordSearch({ store, routing, clock, logger });
  const resolver = new NameResolver({
    search,
    cache,
    clock,
    lookupTxt: deps.lookupTxt,
    staticNames: options.staticNames ?? new Map(),
  });
  const periodMs = options.republishPeriodMs ?? 4 * hourMs;
  const republisher = startRepublisher({ publisher, store, keys, clock, logger, periodMs });
  return {
    publish: (value, publishOptions = {}) => publisher.publish(value, publishOptions),
    resolve: (name, resolveOptions = {}) => resolver.resolve(name, resolveOptions),
    resolveStream: (name, resolveOptions = {}) => resolver.stream(name, resolveOptions),
    getRecord: async (name, getOptions = {}) => search.best(parseNameId(bare(name)), getOptions),
    putRecord: async (name, record, putOptions = {}) =>
      publisher.putRecord(parseNameId(bare(name)), record, putOptions),
    [Symbol.asyncDispose]: () => republisher[Symbol.asyncDispose](),
  };
}

function bare(name: string): string {
  return name.replace(/^\/ipns\//, "");
}
