import { create as createDigest } from "multiformats/hashes/digest";

import { CID, codec, multihash, peerIdText } from "#model";
import { type Dht, kadId, nearestTo, NoAddressError, NoPeersError } from "#net";

interface Member {
  readonly peer: string;
  readonly kadId: Uint8Array;
}

/**
 * A DHT of any size without a network: lookups answer the nearest of its members at once, records are counted by what was
 * told to whom.
 */
export class FakeDht {
  /** The key in hex, then who was told how often. */
  readonly told = new Map<string, Map<string, number>>();
  lookups = 0;
  messages = 0;
  /** The most keys that one peer was told in one go. */
  largest = 0;
  hasAddress = true;
  /** Nobody answers, though the table is full. */
  isLineDown = false;
  /** Called with each lookup's number. */
  onLookup: (count: number) => void = () => undefined;
  #members: Member[] = [];

  constructor(size: number, seed = 1) {
    this.grow(size, seed);
  }

  grow(size: number, seed: number): void {
    for (let i = 0; i < size; i += 1) {
      const digest = kadId(new TextEncoder().encode(`peer ${seed} ${i}`));
      const bytes = createDigest(multihash.sha256, digest).bytes;
      this.#members.push({ peer: peerIdText(bytes), kadId: kadId(bytes) });
    }
  }

  leave(): void {
    this.#members = [];
  }

  /** Who should hold a key: by looking at all of them. */
  nearest(key: Uint8Array): readonly string[] {
    return nearestTo(kadId(key), this.#members, 20).map(({ peer }) => peer);
  }

  get dht(): Dht {
    const size = (): number => this.#members.length;
    const { closestPeers, provideTo } = this.#methods();
    return {
      mode: () => "client",
      get size() {
        return size();
      },
      findProviders: unused,
      provide: unused,
      findPeer: unused,
      values: unused,
      put: unused,
      tables: () => [],
      closestPeers,
      provideTo,
    };
  }

  #methods(): Pick<Dht, "closestPeers" | "provideTo"> {
    const lookUp = (key: Uint8Array): readonly string[] => {
      this.lookups += 1;
      this.onLookup(this.lookups);
      return this.isLineDown ? [] : this.nearest(key);
    };
    return {
      async *closestPeers(key) {
        for (const peer of lookUp(key)) yield { peer, addresses: [] };
      },
      provideTo: async (peers, keys) => {
        if (!this.hasAddress) throw new NoAddressError("wan");
        if (this.#members.length === 0) throw new NoPeersError("cannot provide");
        if (this.isLineDown) return 0;
        for (const peer of peers) this.#note(peer, keys);
        return peers.length;
      },
    };
  }

  #note(peer: string, keys: readonly Uint8Array[]): void {
    this.messages += keys.length;
    this.largest = Math.max(this.largest, keys.length);
    for (const key of keys) {
      const name = Buffer.from(key).toString("hex");
      const peers = this.told.get(name) ?? new Map<string, number>();
      this.told.set(name, peers.set(peer, (peers.get(peer) ?? 0) + 1));
    }
  }
}

function unused(): never {
  throw new Error("not asked for");
}

/** CIDs that differ, always the same ones. */
export function* manyCids(count: number, seed = 1): Generator<CID> {
  for (let i = 0; i < count; i += 1) {
    const digest = kadId(new TextEncoder().encode(`content ${seed} ${i}`));
    yield CID.createV1(codec.raw, createDigest(multihash.sha256, digest));
  }
}
