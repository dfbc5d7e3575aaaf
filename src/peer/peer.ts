import type { Settings } from "./config/settings.ts";
import type { DataFolder } from "./folder.ts";
import type { Identity } from "./identity.ts";
import type { Libp2pDoor } from "./libp2p-doors.ts";
import type { SurfaceName } from "./listeners.ts";

/** Everything that `openPeer` needs to know. */
export interface PeerConfig {
  readonly folder: DataFolder;
  readonly settings: Settings;
  readonly clusterIdentity: Identity;
  /** Of our own IPFS node; undefined when one elsewhere is used. */
  readonly ipfsIdentity: Identity | undefined;
  /** No IPFS swarm; what is not here fails at once. */
  readonly isOffline: boolean;
  /** Multiaddrs of cluster peers to connect to at the start. */
  readonly bootstrap: readonly string[];
  /** Multiaddrs of cluster peers known from before: `cluster.peer_addresses`, then the peerstore file. */
  readonly knownPeers: readonly string[];
  /** Kubo's IPFS_NS_MAP: where names lead, whatever DNS says. */
  readonly staticNames: string;
}

/** What is really bound: URLs and multiaddrs. A listener that is off has no entry. */
export interface RunAddresses {
  readonly rest?: string;
  readonly proxy?: string;
  readonly pinsvc?: string;
  readonly rpc?: string;
  readonly gateway?: string;
  readonly ui?: string;
  readonly cluster?: readonly string[];
  readonly swarm?: readonly string[];
}

/** A running peer; disposing it closes everything, top down. */
export interface Peer extends AsyncDisposable {
  readonly addresses: RunAddresses;
  /** Every address that is bound, in the order of opening. */
  readonly listeners: readonly { readonly name: SurfaceName; readonly url: string }[];
  /** APIs over libp2p. */
  readonly libp2pDoors: readonly Libp2pDoor[];
  /** Resolves when the IPFS node has answered for the first time; never rejects. */
  readonly ready: Promise<void>;
  /** The IPFS node's id, ours or another's. Rejects while it does not answer. */
  ipfsId(): Promise<string>;
}
