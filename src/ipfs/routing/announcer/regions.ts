import { type Clock, LruMap } from "#lib";
import { peerIdBytes } from "#model";
import { commonPrefix, kadId, nearestTo } from "#net";

import type { AnnouncerBounds } from "../bounds.ts";
import { placeOf, spanOf } from "./place.ts";

/** A peer that holds records, and where it is. */
export interface Holder {
  readonly peer: string;
  readonly kadId: Uint8Array;
}

/** A part of the space: all keys whose place begins with the same bits, and the peers among which are the nearest to each. */
export interface Region {
  /** 32 and more: only the key that was asked for. */
  readonly bits: number;
  readonly holders: readonly Holder[];
}

export interface RegionDeps {
  /** The nearest peers to a key, at most 20. */
  readonly closestPeers: (key: Uint8Array) => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly randomBytes: (n: number) => Uint8Array;
  readonly bounds: Pick<AnnouncerBounds, "regionsMax" | "regionMs" | "lookupsPerRegion">;
}

export interface Neighbourhood {
  /** How many keys shall be announced between two places. */
  count(from: number, to: number): number;
  /** One of them. */
  any(from: number, to: number): Uint8Array | undefined;
}

/** As many peers hold a record. */
const holdersPerKey = 20;
/** So few keys are cheaper looked up one by one. */
const fewKeys = 2;

/**
 * Finds the peers of a region. The 20 nearest to one key are looked up; those with more bits in common than the furthest
 * of them are then all known, which is a region with fewer than 20 peers. When there are more keys nearby its neighbour
 * is explored too, so that the two together hold the 20 nearest to each key in them: a few lookups instead of one a key.
 */
export class Regions {
  readonly #deps: RegionDeps;
  readonly #known: LruMap<string, { readonly region: Region; readonly endsAt: number }>;
  #lookups = 0;

  constructor(deps: RegionDeps) {
    this.#deps = deps;
    this.#known = new LruMap(deps.bounds.regionsMax);
  }

  /** Since the start. */
  get lookups(): number {
    return this.#lookups;
  }

  /** Undefined when nobody answers. */
  async find(key: Uint8Array, around: Neighbourhood): Promise<Region | undefined> {
    const target = kadId(key);
    const known = this.#recall(target);
    if (known !== undefined) return known;
    const first = await this.#closest(key);
    if (first.length === 0) return undefined;
    if (first.length < holdersPerKey) return this.#remember(target, { bits: 0, holders: first });
    const bits = sharedBits(target, first);
    const { from, to } = spanOf(placeOf(target), Math.min(bits, 32));
    if (around.count(from, to) <= fewKeys || bits >= 32) return { bits: 32, holders: first };
    const holders = new Map(first.map((holder) => [holder.peer, holder]));
    const search = { holders, around, restMax: this.#deps.bounds.lookupsPerRegion };
    const isWhole = await this.#explore(siblingOf(target, bits), bits + 1, search);
    return this.#remember(target, {
      bits: isWhole ? bits : bits + 1,
      holders: [...holders.values()],
    });
  }

  forget(): void {
    this.#known.clear();
  }

  /** Finds every peer whose place begins with the first `bits` bits of `prefix`. False when there were too many lookups. */
  async #explore(prefix: Uint8Array, bits: number, search: Exploration): Promise<boolean> {
    if (search.restMax <= 0) return false;
    search.restMax -= 1;
    const key = this.#keyUnder(prefix, bits, search.around);
    const target = kadId(key);
    const found = await this.#closest(key);
    for (const holder of found) search.holders.set(holder.peer, holder);
    if (found.length < holdersPerKey) return true;
    // All with more bits in common with the target than the furthest are known; beside each further bit is a part to see.
    const knownBits = sharedBits(target, found);
    for (let bit = knownBits; bit >= bits; bit -= 1) {
      if (!(await this.#explore(siblingOf(target, bit), bit + 1, search))) return false;
    }
    return true;
  }

  async #closest(key: Uint8Array): Promise<Holder[]> {
    this.#lookups += 1;
    const peers = await this.#deps.closestPeers(key);
    return peers.map((peer) => ({ peer, kadId: kadId(peerIdBytes(peer)) }));
  }

  /** A key in the region: one of ours, else by trying; 2^bits attempts, a few thousand in a large network. */
  #keyUnder(prefix: Uint8Array, bits: number, around: Neighbourhood): Uint8Array {
    const { from, to } = spanOf(placeOf(prefix), Math.min(bits, 32));
    const own = around.any(from, to);
    if (own !== undefined && commonPrefix(kadId(own), prefix) >= bits) return own;
    let key = asMultihash(this.#deps.randomBytes(32));
    for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
      const place = kadId(key);
      if (commonPrefix(place, prefix) >= bits) return key;
      key = asMultihash(place); // the hash is as good as chance
    }
    return key;
  }

  #recall(target: Uint8Array): Region | undefined {
    const place = placeOf(target);
    for (let bits = 0; bits <= 32; bits += 1) {
      const known = this.#known.get(nameOf(place, bits));
      if (known !== undefined && known.endsAt > this.#deps.clock.now()) return known.region;
    }
    return undefined;
  }

  #remember(target: Uint8Array, region: Region): Region {
    const endsAt = this.#deps.clock.now() + this.#deps.bounds.regionMs;
    this.#known.set(nameOf(placeOf(target), region.bits), { region, endsAt });
    return region;
  }
}

interface Exploration {
  readonly holders: Map<string, Holder>;
  readonly around: Neighbourhood;
  restMax: number;
}

const attemptsMax = 2 ** 18;

/** The peers that shall hold a key. */
export function holdersOf(region: Region, key: Uint8Array): readonly Holder[] {
  return nearestTo(kadId(key), region.holders, holdersPerKey);
}

/** Bits that a place has in common with the furthest of peers. */
function sharedBits(target: Uint8Array, holders: readonly Holder[]): number {
  return Math.min(...holders.map((holder) => commonPrefix(target, holder.kadId)));
}

/** A place that differs from another first in bit `bit`. */
function siblingOf(place: Uint8Array, bit: number): Uint8Array {
  const sibling = Uint8Array.from(place);
  const at = bit >>> 3;
  sibling[at] = (sibling[at] ?? 0) ^ (0x80 >>> (bit & 7));
  return sibling;
}

/** As a multihash of SHA-256: what DHTs expect a key to be. */
function asMultihash(digest: Uint8Array): Uint8Array {
  return Uint8Array.from([0x12, 0x20, ...digest]);
}

function nameOf(place: number, bits: number): string {
  return `${bits}:${spanOf(place, Math.min(bits, 32)).from}`;
}
