import { LruMap } from "#lib";

import { toMapKey } from "./keys.ts";

export interface ProviderStoreBounds {
  readonly providerRecordsMax: number;
  readonly providersPerKeyMax: number;
  readonly providerTtlMs: number;
  readonly addressBookMax: number;
}

export interface StoredProvider {
  readonly peer: string;
  /** Binary multiaddrs as the provider told them; empty when forgotten. */
  readonly addresses: readonly Uint8Array[];
}

/**
 * Who told us that they have what. In memory: it is the others' to tell again. When it is full the keys that were told
 * longest ago go first, and of a key's providers the oldest.
 */
export class ProviderStore {
  readonly #bounds: ProviderStoreBounds;
  readonly #now: () => number;
  /** Key, then peer, then when it ends; both in the order of the last time they were told. */
  readonly #keys = new Map<string, Map<string, number>>();
  readonly #addresses: LruMap<string, readonly Uint8Array[]>;
  #size = 0;

  constructor(bounds: ProviderStoreBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
    this.#addresses = new LruMap(bounds.addressBookMax);
  }

  get size(): number {
    return this.#size;
  }

  add(multihash: Uint8Array, provider: StoredProvider): void {
    const key = toMapKey(multihash);
    const peers = this.#keys.get(key) ?? new Map<string, number>();
    if (!peers.delete(provider.peer)) this.#size += 1;
    peers.set(provider.peer, this.#now() + this.#bounds.providerTtlMs);
    this.#keys.delete(key);
    this.#keys.set(key, peers);
    this.#addresses.set(provider.peer, provider.addresses);
    if (peers.size > this.#bounds.providersPerKeyMax) this.#dropOldest(peers);
    if (this.#size > this.#bounds.providerRecordsMax) this.#dropOldestKey();
  }

  get(multihash: Uint8Array): readonly StoredProvider[] {
    const key = toMapKey(multihash);
    const peers = this.#keys.get(key);
    if (peers === undefined) return [];
    this.#expire(key, peers);
    return [...peers.keys()]
      .toReversed()
      .map((peer) => ({ peer, addresses: this.#addresses.get(peer) ?? [] }));
  }

  /** Forgets what has ended; for now and then. */
  sweep(): void {
    for (const [key, peers] of this.#keys) this.#expire(key, peers);
  }

  #expire(key: string, peers: Map<string, number>): void {
    for (const [peer, endsAt] of peers) {
      if (endsAt > this.#now()) break;
      peers.delete(peer);
      this.#size -= 1;
    }
    if (peers.size === 0) this.#keys.delete(key);
  }

  #dropOldest(peers: Map<string, number>): void {
    const oldest = peers.keys().next();
    if (oldest.done === true) return;
    peers.delete(oldest.value);
    this.#size -= 1;
  }

  #dropOldestKey(): void {
    const oldest = this.#keys.entries().next();
    if (oldest.done === true) return;
    const [key, peers] = oldest.value;
    this.#dropOldest(peers);
    if (peers.size === 0) this.#keys.delete(key);
  }
}
