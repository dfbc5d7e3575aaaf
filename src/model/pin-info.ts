import type { CID } from "./cid.ts";
import type { TrackerStatus } from "./pin.ts";

/** How a pin stands on one peer. */
export interface PinInfo {
  readonly peer: string;
  readonly peername: string;
  /** The peer's IPFS node; "" when unknown. */
  readonly ipfsPeerId: string;
  /** Public addresses of that node. */
  readonly ipfsPeerAddresses: readonly string[];
  readonly status: TrackerStatus;
  /** When it became so, ms since the epoch. */
  readonly timestamp: number;
  /** Why, for errors and for what waits; "" without a reason. */
  readonly error: string;
  readonly attemptCount: number;
  readonly isPriority: boolean;
  /** How far its content is here; only where it was asked for. */
  readonly progress?: ContentProgress | undefined;
}

/** How far the fetching of a pin's content is. */
export interface ContentProgress {
  /** Here so far, fetched or found. */
  readonly blocks: number;
  readonly bytes: number;
  readonly providers: number;
  /** Why nothing comes just now, in words; "" when nothing is waited for. */
  readonly waiting: string;
}

/** How a pin stands on all peers that were asked. */
export interface GlobalPinInfo {
  readonly cid: CID;
  readonly name: string;
  /** Undefined when the CID is not in the pinset and only this peer was asked. */
  readonly allocations: readonly string[] | undefined;
  /** Undefined when the CID is not in the pinset. */
  readonly origins: readonly string[] | undefined;
  /** When it was pinned, ms since the epoch; 0 when unknown. */
  readonly created: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly peers: readonly PinInfo[];
}

/** A member of the cluster as it describes itself. */
export interface ClusterPeer {
  readonly id: string;
  /** Multiaddrs with /p2p. */
  readonly addresses: readonly string[];
  /** Peer ids of the members it knows, its own among them. */
  readonly clusterPeers: readonly string[];
  readonly clusterPeersAddresses: readonly string[];
  readonly version: string;
  readonly rpcProtocolVersion: string;
  /** Why it could not be asked; "" when it could. */
  readonly error: string;
  readonly ipfs: {
    readonly id: string;
    readonly addresses: readonly string[];
    readonly error: string;
  };
  readonly peername: string;
}

/** A value that a peer announces about itself, with an end. */
export interface Metric {
  readonly name: string;
  readonly peer: string;
  readonly value: string;
  /** ms since the epoch. */
  readonly expire: number;
  readonly isValid: boolean;
  readonly weight: number;
  readonly isPartitionable: boolean;
  /** ms since the epoch. */
  readonly receivedAt: number;
}

/** A metric that expired without being renewed. */
export interface Alert extends Metric {
  /** ms since the epoch. */
  readonly triggeredAt: number;
}

/** Bytes that went through a swarm, and bytes a second lately. */
export interface Traffic {
  readonly totalIn: number;
  readonly totalOut: number;
  readonly rateIn: number;
  readonly rateOut: number;
}

/** What a collection of garbage removed on one peer. */
export interface RepoGc {
  readonly peer: string;
  readonly peername: string;
  readonly keys: readonly CID[];
  readonly error: string;
}
