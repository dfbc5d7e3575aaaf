import type { CID } from "./cid.ts";

export type PinMode = "recursive" | "direct";

/** What a pin stands for; all but `data` belong to sharded adds of IPFS Cluster. */
export type PinType = "data" | "meta" | "clusterdag" | "shard";

/** What a user may ask of a pin. Factors: -1 everywhere, 0 the cluster's default. Times: ms since the epoch, 0 never. */
export interface PinOptions {
  readonly replicationFactorMin: number;
  readonly replicationFactorMax: number;
  readonly name: string;
  readonly mode: PinMode;
  readonly shardSize: number;
  /** Peer ids; asked for, not stored. */
  readonly userAllocations: readonly string[];
  /** Milliseconds since the epoch, 0 for never. Stored in whole seconds. */
  readonly expireAt: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly pinUpdate: CID | undefined;
  /** Multiaddrs that end in /p2p/<peer id>. */
  readonly origins: readonly string[];
}

/** An entry of the pinset: a CID, how it is wanted, and who holds it (nobody named = everybody). */
export interface Pin extends PinOptions {
  readonly cid: CID;
  readonly type: PinType;
  /** Peer ids in text form. */
  readonly allocations: readonly string[];
  /** -1 recursive, 0 direct, 1 and 2 shards. */
  readonly maxDepth: number;
  readonly reference: CID | undefined;
  /** When it was last pinned, ms since the epoch; what IPFS Cluster has written is in whole seconds. */
  readonly timestamp: number;
}

export const defaultPinOptions: PinOptions = {
  replicationFactorMin: 0,
  replicationFactorMax: 0,
  name: "",
  mode: "recursive",
  shardSize: 0,
  userAllocations: [],
  expireAt: 0,
  metadata: {},
  pinUpdate: undefined,
  origins: [],
};

/** IPFS Cluster's status names and bits (1.1.6 api/types.go). */
export const trackerStatusBits = {
  undefined: 0,
  cluster_error: 2,
  pin_error: 4,
  unpin_error: 8,
  pinned: 16,
  pinning: 32,
  unpinning: 64,
  unpinned: 128,
  remote: 256,
  pin_queued: 512,
  unpin_queued: 1024,
  sharded: 2048,
  unexpectedly_unpinned: 4096,
} as const;

export type TrackerStatus = keyof typeof trackerStatusBits;
