import type { SignalOptions } from "#model";

/** IPNS names and DNSLink. Paths are `/ipfs/…`, `/ipns/…` or `/ipld/…`. */
export interface Names extends AsyncDisposable {
  /**
   * Signs a record, keeps it (durable) and puts it to the network; republished until it is replaced.
   * @throws {NoSuchKeyError} {NameOfflineError} without a network, unless `isOfflineAllowed`
   */
  publish(value: string, options?: PublishOptions): Promise<PublishedName>;
  /**
   * Follows a name to its path: `/ipns/k51…/a`, `/ipns/example.org`, a key's id or a domain. Remembers answers for
   * their TTL. @throws {NameNotResolvedError} {NameTooDeepError}
   */
  resolve(name: string, options?: ResolveNameOptions): Promise<ResolvedName>;
  /** Each better answer as it comes. */
  resolveStream(name: string, options?: ResolveNameOptions): AsyncIterable<ResolvedName>;
  /** The record of a key, as bytes; from here or from the network. @throws {NameNotResolvedError} */
  getRecord(
    name: string,
    options?: SignalOptions & { readonly isLocalOnly?: boolean },
  ): Promise<Uint8Array>;
  /** Takes a record that somebody else has signed. @throws {InvalidRecordError} */
  putRecord(name: string, record: Uint8Array, options?: PutRecordOptions): Promise<void>;
}

export interface PutRecordOptions extends SignalOptions {
  /** Even when a newer one is known. */
  readonly isForced?: boolean;
  readonly isOfflineAllowed?: boolean;
  /** Here alone. */
  readonly isLocalOnly?: boolean;
}

export interface PublishOptions extends SignalOptions {
  /** Name or id of a key; default `self`. */
  readonly key?: string;
  /** Milliseconds; default 48 h. */
  readonly lifetimeMs?: number;
  /** Milliseconds; default 5 min. */
  readonly ttlMs?: number;
  readonly sequence?: bigint;
  readonly isV1Compatible?: boolean;
  readonly isOfflineAllowed?: boolean;
  /** Here alone; the network gets it when names are published again. */
  readonly isLocalOnly?: boolean;
}

export interface PublishedName {
  /** Peer id in base58, as the key's name elsewhere. */
  readonly peer: string;
  readonly value: string;
  readonly sequence: bigint;
}

export interface ResolveNameOptions extends SignalOptions {
  /** Until the path is not under /ipns any more. Default true. */
  readonly isRecursive?: boolean;
  readonly isCacheSkipped?: boolean;
  /** Records to choose from; default 16. */
  readonly recordCount?: number;
  /** Milliseconds for one name; default 1 min. */
  readonly timeoutMs?: number;
  readonly isLocalOnly?: boolean;
}

export interface ResolvedName {
  readonly path: string;
  /** How long the answer may be remembered, in milliseconds. */
  readonly ttlMs: number;
}
