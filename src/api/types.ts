import type { PinMode, TrackerStatus } from "#model";

import type { GoMap } from "./go-json.ts";
import type { Scope } from "./scopes.ts";

// Documents of the REST API as they stand in JSON (IPFS Cluster 1.1.6). Field order is the order on the wire.
// Times are RFC 3339, the zero time is `0001-01-01T00:00:00Z`.

export type PinTypeName = "pin" | "meta-pin" | "clusterdag-pin" | "shard-pin";

/** An entry of the pinset. */
export interface PinJson {
  readonly replication_factor_min: number;
  readonly replication_factor_max: number;
  readonly name: string;
  readonly mode: PinMode;
  readonly shard_size: number;
  readonly user_allocations: readonly string[] | null;
  readonly expire_at: string;
  readonly metadata: GoMap<string> | null;
  readonly pin_update: string | null;
  readonly origins: readonly string[] | null;
  readonly cid: string;
  readonly type: PinTypeName;
  readonly allocations: readonly string[] | null;
  readonly max_depth: number;
  readonly reference: string | null;
  readonly timestamp: string;
}

/** How a pin stands on one peer. */
export interface PinInfoJson {
  readonly peername: string;
  readonly ipfs_peer_id?: string | undefined;
  readonly ipfs_peer_addresses?: readonly string[] | undefined;
  readonly status: TrackerStatus;
  readonly timestamp: string;
  readonly error: string;
  readonly attempt_count: number;
  readonly priority_pin: boolean;
  /** Ours, when it was asked for. */
  readonly progress?: PinProgressJson | undefined;
}

/** How far the fetching is. */
export interface PinProgressJson {
  readonly blocks: number;
  readonly bytes: number;
  readonly providers: number;
  /** Why nothing comes just now, in words; empty when nothing is waited for. */
  readonly waiting: string;
}

/** How a pin stands on every peer that was asked. */
export interface GlobalPinInfoJson {
  readonly cid: string;
  readonly name: string;
  readonly allocations: readonly string[] | null;
  readonly origins: readonly string[] | null;
  readonly created: string;
  readonly metadata: GoMap<string> | null;
  readonly peer_map: GoMap<PinInfoJson>;
}

/** A member of the cluster. */
export interface IdJson {
  readonly id: string;
  readonly addresses: readonly string[] | null;
  readonly cluster_peers: readonly string[] | null;
  readonly cluster_peers_addresses: readonly string[] | null;
  readonly version: string;
  readonly commit: string;
  readonly rpc_protocol_version: string;
  readonly error: string;
  readonly ipfs: {
    readonly id?: string | undefined;
    readonly addresses: readonly string[] | null;
    readonly error: string;
  };
  readonly peername: string;
}

export interface VersionJson {
  readonly version: string;
}

/** A JWT alone, as IPFS Cluster answers; with the other fields a token that can be revoked. */
export interface TokenJson {
  readonly token: string;
  readonly id?: string | undefined;
  readonly scopes?: readonly Scope[] | undefined;
  /** Null: never. */
  readonly expires?: string | null | undefined;
}

export interface ErrorJson {
  readonly code: number;
  readonly message: string;
}

/** One line of `POST /add`. `cid` is null in progress lines. */
export interface AddedOutputJson {
  readonly name: string;
  readonly cid: string | null;
  readonly bytes?: number | undefined;
  readonly size?: number | undefined;
  readonly allocations?: readonly string[] | undefined;
}

/** Times in nanoseconds since the epoch: bigints when written, and as exact as a number can be when read. */
export interface MetricJson {
  readonly name: string;
  readonly peer: string;
  readonly value: string;
  readonly expire: bigint | number;
  readonly valid: boolean;
  readonly weight: number;
  readonly partitionable: boolean;
  readonly received_at: bigint | number;
}

export type AlertJson = MetricJson & { readonly triggered_at: string };

export interface ConnectGraphJson {
  readonly cluster_id: string;
  readonly id_to_peername: GoMap<string>;
  readonly ipfs_links: GoMap<readonly string[]>;
  readonly cluster_links: GoMap<readonly string[]>;
  readonly cluster_trust_links: GoMap<boolean>;
  readonly cluster_to_ipfs: GoMap<string>;
}

/** By protocol id. */
export type BandwidthJson = GoMap<{
  readonly total_in: number;
  readonly total_out: number;
  readonly rate_in: number;
  readonly rate_out: number;
}>;

export interface RepoGcJson {
  readonly peer: string;
  readonly peername: string;
  readonly keys: readonly { readonly key: string | null; readonly error?: string | undefined }[];
  readonly error?: string | undefined;
}

export interface GlobalRepoGcJson {
  readonly peer_map: GoMap<RepoGcJson>;
}
