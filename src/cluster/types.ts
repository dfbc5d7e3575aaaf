import type { ImportEntry } from "#dag";
import type {
  Alert,
  CID,
  ClusterPeer,
  GlobalPinInfo,
  Metric,
  Pin,
  PinOptions,
  PinType,
  RepoGc,
  SignalOptions,
  Traffic,
} from "#model";

import type { MonitorConfig } from "./metrics.ts";

export interface LocalOptions extends SignalOptions {
  /** Ask this peer alone, not the whole cluster. */
  readonly isLocal?: boolean;
  /** Statuses tell how far the content is here, too. */
  readonly withProgress?: boolean;
}

/** A cluster peer: the pinset, and what this peer does to keep what it is allocated. */
export interface Cluster extends AsyncDisposable {
  readonly version: string;
  id(): Promise<ClusterPeer>;
  /** Every member, ourselves among them. */
  peers(): AsyncIterable<ClusterPeer>;

  /**
   * Puts a pin into the pinset and starts tracking it. When it resolves, the pin is durable, and content that is here
   * whole is pinned in the node.
   * @throws {InvalidPinRequestError} {NotEnoughPeersError} {FollowerModeError}; {NotInPinsetError} when `pinUpdate` is not in it
   */
  pin(cid: CID, options: PinOptions): Promise<Pin>;
  /** Like pin, of what an /ipfs, /ipns or /ipld path leads to. */
  pinPath(path: string, options: PinOptions, call?: SignalOptions): Promise<Pin>;
  /** Like pin, for content that was just written here whole. */
  pinWritten(cid: CID, options: PinOptions): Promise<Pin>;
  /** Like pinWritten, for a part of an add in shards. A meta pin is in the pinset only: its parts are kept in its place. */
  pinPart(cid: CID, part: PinPart): Promise<Pin>;
  /**
   * Removes a pin from the pinset and from the node, a meta pin with all its parts; answers the pin.
   * @throws {NotInPinsetError} {InvalidPinRequestError} for a part
   */
  unpin(cid: CID): Promise<Pin>;
  unpinPath(path: string, call?: SignalOptions): Promise<Pin>;

  /** The pinset, streamed. */
  allocations(): AsyncIterable<Pin>;
  /** The same in pieces of a thousand or so at most, none of them empty: for listings that must be fast. */
  allocationPages(): AsyncIterable<readonly Pin[]>;
  /** @throws {NotInPinsetError} */
  allocation(cid: CID): Promise<Pin>;
  /** Peers that would hold content with these options. @throws as `pin` */
  allocate(options: PinOptions): Promise<readonly string[]>;

  /** Never fails for a CID that is not in the pinset: that is `unpinned`. */
  status(cid: CID, options?: LocalOptions): Promise<GlobalPinInfo>;
  /**
   * Everything in the pinset, streamed. `filter`: bits of the statuses wanted, 0 for all; one that only operations can meet
   * also finds unpin operations of what is no longer in the pinset.
   */
  statusAll(options?: LocalOptions & { readonly filter?: number }): AsyncIterable<GlobalPinInfo>;
  /**
   * The same in pieces of at most about a thousand, none of them empty. `where`: which pins are wanted at all; it is asked
   * before the node is, so that looking for few among many is cheap.
   */
  statusPages(
    options?: LocalOptions & { readonly filter?: number; readonly where?: (pin: Pin) => boolean },
  ): AsyncIterable<readonly GlobalPinInfo[]>;
  /**
   * Tries again what failed or got lost, and answers the status then.
   * @throws {NotInPinsetError} for an unknown CID when `isLocal`
   */
  recover(cid: CID, options?: LocalOptions): Promise<GlobalPinInfo>;
  /** Like recover, for all; yields what was queued again. */
  recoverAll(options?: LocalOptions): AsyncIterable<GlobalPinInfo>;

  /** Statuses of these CIDs, in their order. */
  statusOf(cids: readonly CID[], options?: LocalOptions): AsyncIterable<GlobalPinInfo>;
  metricNames(): readonly string[];
  /** The metrics of that name that have not expired; none when the name is unknown. */
  metrics(name: string): Promise<readonly Metric[]>;
  /** Metrics that expired without being renewed, newest first; a thousand at most. */
  alerts(): readonly Alert[];
  /** What went through the cluster's swarm, by protocol; "" is what belongs to none. */
  traffic(): ReadonlyMap<string, Traffic>;
  /** Who the IPFS node is connected to; none when it does not tell. */
  ipfsPeers(): Promise<readonly string[]>;
  /** How many pins of this peer wait, are under way, and have failed: of those that are in memory. */
  pinCounts(): PinCounts;
  /** Collects garbage on every member. */
  repoGc(options?: LocalOptions): Promise<readonly RepoGc[]>;
}

export interface PinCounts {
  readonly queued: number;
  readonly pinning: number;
  readonly failed: number;
}

/** What makes a pin a part of an add in shards. */
export interface PinPart {
  readonly options: PinOptions;
  readonly type: Exclude<PinType, "data">;
  readonly maxDepth: number;
  readonly reference: CID | undefined;
}

/** How content is added: the parameters of `POST /add` (cluster 1.9.1). */
export interface AddOptions {
  readonly pin: PinOptions;
  readonly layout: "balanced" | "trickle";
  readonly chunker: string;
  readonly hash: string;
  readonly cidVersion: number | undefined;
  readonly rawLeaves: boolean | undefined;
  readonly wrapWithDirectory: boolean;
  readonly progress: boolean;
  readonly noPin: boolean;
  readonly noCopy: boolean;
  readonly shard: boolean;
}

/** What an add tells as it goes. It promises nothing before the stream has ended. */
export type AddedOutput =
  | { readonly type: "progress"; readonly name: string; readonly bytes: number }
  | {
      readonly type: "added";
      readonly name: string;
      readonly cid: CID;
      /** Size of a CAR's blocks; 0 for UnixFS. */
      readonly bytes: number;
      readonly size: number;
      readonly allocations: readonly string[];
    };

/** Takes content into the cluster. */
export interface Adder {
  /**
   * Builds UnixFS from entries and pins the last root. What it yields promises nothing; when it ends, all is durable and
   * pinned. Nothing is pinned when the entries fail or the signal is aborted.
   * @throws {AddNotPossibleError} {ImportOptionError}; what `Cluster.pin` throws; what reading the entries throws
   */
  addEntries(
    entries: AsyncIterable<ImportEntry>,
    options: AddOptions & SignalOptions,
  ): AsyncIterable<AddedOutput>;
  /**
   * Takes the blocks of a CAR with one root and pins the root. What the CAR lacks, the pin waits for.
   * @throws {AddNotPossibleError} {DamagedCarError}; what `Cluster.pin` throws
   */
  addCar(
    car: { readonly name: string; readonly bytes: AsyncIterable<Uint8Array> },
    options: AddOptions & SignalOptions,
  ): AsyncIterable<AddedOutput>;
}

/** Numbers that shape a cluster peer; names as in IPFS Cluster's `service.json`. */
export interface ClusterConfig {
  /** For pins that ask for 0. -1: everywhere. Both -1 or both positive. */
  readonly replicationFactorMin: number;
  readonly replicationFactorMax: number;
  /** How often expired pins are looked for, besides a timer for the next one known. */
  readonly stateSyncIntervalMs: number;
  /** How often what failed or got lost is tried again. */
  readonly pinRecoverIntervalMs: number;
  /** Nothing may be written through this peer. */
  readonly isFollower: boolean;
  /** No IPFS swarm: what is not here stays `pinning` with the reason `offline`. */
  readonly isOffline: boolean;
  readonly tracker: TrackerConfig;
  /** Metrics that the peer tells. Default `defaultMonitorConfig`. */
  readonly monitor?: MonitorConfig | undefined;
  /** Metrics that a peer must have to be allocated to, and by which allocations are balanced. Default: none. */
  readonly allocateBy?: readonly string[] | undefined;
}

export interface TrackerConfig {
  /** Pins fetched at once. */
  readonly concurrentPins: number;
  /** Pins that may wait; one more fails at once, and is tried again by the next recovery. */
  readonly maxPinQueueSize: number;
  /** Operations kept in memory: queued, under way and failed. What is beyond waits in the pinset. Default 20,000. */
  readonly operationsMax?: number | undefined;
  /** Younger pins go first. */
  readonly priorityPinMaxAgeMs: number;
  /** Pins that failed oftener go last. */
  readonly priorityPinMaxRetries: number;
  /** How long a new pin's answer waits for content that is here. */
  readonly localPinWaitMs: number;
  /** So many answers wait at once; further ones are given at once, and their pins are made as the node comes to it. */
  readonly localPinWaitersMax: number;
  /** A pin of which no new block has come for so long fails, and makes room for others until it is tried again. */
  readonly pinTimeoutMs: number;
}

/** IPFS Cluster 1.1.6's defaults. */
export const defaultClusterConfig: ClusterConfig = {
  replicationFactorMin: -1,
  replicationFactorMax: -1,
  stateSyncIntervalMs: 300_000,
  pinRecoverIntervalMs: 720_000,
  isFollower: false,
  isOffline: false,
  tracker: {
    concurrentPins: 10,
    maxPinQueueSize: 1_000_000,
    priorityPinMaxAgeMs: 86_400_000,
    priorityPinMaxRetries: 5,
    localPinWaitMs: 10_000,
    localPinWaitersMax: 10_000,
    pinTimeoutMs: 120_000,
  },
};
