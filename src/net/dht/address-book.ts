import type { PeerId, PeerStore } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";

import { LruMap } from "#lib";

import { toMapKey } from "./keys.ts";
import type { Scope } from "./scope.ts";

export interface AddressBookDeps {
  readonly peersMax: number;
  readonly scope: Scope;
  readonly peerStore: Pick<PeerStore, "get">;
  readonly now: () => number;
}

/** What the peer store says is believed for so long: answers ask for the same few peers again and again. */
const toldMs = 30_000;

/**
 * Addresses that searches have heard of, for dialling soon after. They stay out of libp2p's peer store, which would keep
 * thousands of strangers for an hour and write each to the disk.
 */
export class AddressBook {
  readonly #deps: AddressBookDeps;
  readonly #heard: LruMap<string, readonly Multiaddr[]>;
  readonly #told: LruMap<
    string,
    { readonly addresses: readonly Multiaddr[]; readonly endsAt: number }
  >;

  constructor(deps: AddressBookDeps) {
    this.#deps = deps;
    this.#heard = new LruMap(deps.peersMax);
    this.#told = new LruMap(deps.peersMax);
  }

  /** Keeps those of the scope; answers them. */
  note(peer: PeerId, addresses: readonly Multiaddr[]): readonly Multiaddr[] {
    const mine = this.#deps.scope.filter(addresses);
    if (mine.length > 0) this.#heard.set(keyOf(peer), mine);
    return mine;
  }

  /** What the peer itself told, by identify, else what was heard; of the scope. */
  async find(peer: PeerId): Promise<readonly Multiaddr[]> {
    const key = keyOf(peer);
    const known = this.#told.get(key);
    const isFresh = known !== undefined && known.endsAt > this.#deps.now();
    const told = isFresh ? known.addresses : await this.#look(peer, key);
    return told.length > 0 ? told : (this.#heard.get(key) ?? []);
  }

  async #look(peer: PeerId, key: string): Promise<readonly Multiaddr[]> {
    try {
      const { addresses } = await this.#deps.peerStore.get(peer);
      const told = this.#deps.scope.filter(addresses.map((address) => address.multiaddr));
      this.#told.set(key, { addresses: told, endsAt: this.#deps.now() + toldMs });
      return told;
    } catch {
      return []; // not in the store
    }
  }
}

function keyOf(peer: PeerId): string {
  return toMapKey(peer.toMultihash().bytes);
}
