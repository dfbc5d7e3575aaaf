import type { PeerId, PeerStore } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";

import { LruMap } from "#lib";

import type { Scope } from "./scope.ts";

/**
 * Addresses that searches have heard of, for dialling soon after. They stay out of libp2p's peer store, which would keep
 * thousands of strangers for an hour and write each to the disk.
 */
export class AddressBook {
  readonly #heard: LruMap<string, readonly Multiaddr[]>;
  readonly #scope: Scope;
  readonly #peerStore: PeerStore;

  constructor(peersMax: number, scope: Scope, peerStore: PeerStore) {
    this.#heard = new LruMap(peersMax);
    this.#scope = scope;
    this.#peerStore = peerStore;
  }

  /** Keeps those of the scope; answers them. */
  note(peer: PeerId, addresses: readonly Multiaddr[]): readonly Multiaddr[] {
    const mine = this.#scope.filter(addresses);
    if (mine.length > 0) this.#heard.set(peer.toString(), mine);
    return mine;
  }

  /** What the peer itself told, by identify, else what was heard; of the scope. */
  async find(peer: PeerId): Promise<readonly Multiaddr[]> {
    const told = this.#scope.filter(await this.#told(peer));
    return told.length > 0 ? told : (this.#heard.get(peer.toString()) ?? []);
  }

  async #told(peer: PeerId): Promise<Multiaddr[]> {
    try {
      const { addresses } = await this.#peerStore.get(peer);
      return addresses.map(({ multiaddr }) => multiaddr);
    } catch {
      return []; // not in the store
    }
  }
}
