import type { ConnectionGater, Libp2pEvents, PeerId, TypedEventTarget } from "@libp2p/interface";

import { PeerDisk, peersKeptOf } from "./host-peer-disk.ts";
import { MemoryPeerStore, peersMaxOf } from "./host-peer-store.ts";
import type { HostDeps } from "./open-host.ts";
import type { ResourceProfile } from "./types.ts";

/** What of libp2p's inside a peer store lives with. */
interface PeerStoreParts {
  readonly peerId: PeerId;
  readonly events: TypedEventTarget<Libp2pEvents>;
  readonly connectionGater: ConnectionGater;
}

/** What is known of peers, here and on the disk. */
export interface KeptPeers extends AsyncDisposable {
  /** The peer store of a libp2p that is being made. */
  makeStore(parts: PeerStoreParts): MemoryPeerStore;
}

/** Reads what was known before a restart. */
export async function openKeptPeers(deps: HostDeps, profile: ResourceProfile): Promise<KeptPeers> {
  const disk = new PeerDisk(deps, peersKeptOf[profile]);
  const known = await disk.load();
  return {
    makeStore: ({ peerId, events, connectionGater }) => {
      const store: MemoryPeerStore = new MemoryPeerStore(
        {
          self: peerId,
          clock: deps.clock,
          events,
          mayKeep: async (peer, address) =>
            (await connectionGater.filterMultiaddrForPeer?.(peer, address)) ?? true,
          onChange: (peer) => disk.note(peer.toString(), () => store.seen(peer)),
        },
        peersMaxOf[profile],
      );
      for (const peer of known.toReversed()) store.restore(peer);
      disk.start();
      return store;
    },
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
  };
}
