import {
  type Alert,
  cidText,
  type ClusterPeer,
  type GlobalPinInfo,
  type Metric,
  type Pin,
  type PinInfo,
  type PinType,
  type RepoGc,
  type Traffic,
} from "#model";

import { goMap } from "./go-json.ts";
import { goTime, wholeSecond } from "./go-time.ts";
import type {
  AlertJson,
  BandwidthJson,
  GlobalPinInfoJson,
  GlobalRepoGcJson,
  IdJson,
  MetricJson,
  PinInfoJson,
  PinJson,
  PinTypeName,
} from "./types.ts";

/** Names of pin types in JSON and in the `filter` of /allocations. */
export const pinTypeNames: Readonly<Record<PinType, PinTypeName>> = {
  data: "pin",
  meta: "meta-pin",
  clusterdag: "clusterdag-pin",
  shard: "shard-pin",
};

/**
 * A pin in JSON. `fresh`: as a POST answers it, before it went through the pinset; `stored`: as it is read from there.
 * They differ in what is null and what is empty, as in IPFS Cluster 1.1.6.
 */
export function pinToJson(pin: Pin, form: "fresh" | "stored"): PinJson {
  const isFresh = form === "fresh";
  const metadata = Object.entries(pin.metadata);
  const { userAllocations, origins } = pin;
  return {
    replication_factor_min: pin.replicationFactorMin,
    replication_factor_max: pin.replicationFactorMax,
    name: pin.name,
    mode: pin.mode,
    shard_size: pin.shardSize,
    user_allocations: isFresh && userAllocations.length > 0 ? userAllocations : null,
    expire_at: goTime(pin.expireAt),
    metadata: isFresh || metadata.length > 0 ? goMap(metadata) : null,
    pin_update: pin.pinUpdate?.toString() ?? null,
    origins: isFresh && origins.length === 0 ? null : origins,
    cid: cidText(pin.cid),
    type: pinTypeNames[pin.type],
    allocations: pin.allocations,
    max_depth: pin.maxDepth,
    reference: pin.reference?.toString() ?? null,
    timestamp: goTime(isFresh ? pin.timestamp : wholeSecond(pin.timestamp)),
  };
}

/** A status in JSON. */
export function pinInfoToJson(info: GlobalPinInfo): GlobalPinInfoJson {
  const metadata = Object.entries(info.metadata);
  return {
    cid: cidText(info.cid),
    name: info.name,
    allocations: info.allocations ?? null,
    origins: info.origins ?? null,
    created: goTime(wholeSecond(info.created)),
    metadata: metadata.length > 0 ? goMap(metadata) : null,
    peer_map: goMap(info.peers.map((peer) => [peer.peer, peerPinToJson(peer)] as const)),
  };
}

function peerPinToJson(info: PinInfo): PinInfoJson {
  const { ipfsPeerId, ipfsPeerAddresses } = info;
  return {
    peername: info.peername,
    ipfs_peer_id: ipfsPeerId === "" ? undefined : ipfsPeerId,
    ipfs_peer_addresses: ipfsPeerAddresses.length === 0 ? undefined : ipfsPeerAddresses,
    status: info.status,
    timestamp: goTime(info.timestamp),
    error: info.error,
    attempt_count: info.attemptCount,
    priority_pin: info.isPriority,
    progress: info.progress,
  };
}

/** A member in JSON; one that could not be asked has nulls instead of lists. */
export function clusterPeerToJson(peer: ClusterPeer): IdJson {
  const list = (items: readonly string[]): readonly string[] | null =>
    peer.error === "" ? items : null;
  return {
    id: peer.id,
    addresses: list(peer.addresses),
    cluster_peers: list(peer.clusterPeers),
    cluster_peers_addresses: list(peer.clusterPeersAddresses),
    version: peer.version,
    commit: "",
    rpc_protocol_version: peer.rpcProtocolVersion,
    error: peer.error,
    ipfs: {
      id: peer.ipfs.id === "" ? undefined : peer.ipfs.id,
      addresses: list(peer.ipfs.addresses),
      error: peer.ipfs.error,
    },
    peername: peer.peername,
  };
}

export function metricToJson(metric: Metric): MetricJson {
  return {
    name: metric.name,
    peer: metric.peer,
    value: metric.value,
    expire: nanoseconds(metric.expire),
    valid: metric.isValid,
    weight: metric.weight,
    partitionable: metric.isPartitionable,
    received_at: nanoseconds(metric.receivedAt),
  };
}

/** An alert in JSON: the metric that expired, and when that was seen. */
export function alertToJson(alert: Alert): AlertJson {
  return { ...metricToJson(alert), triggered_at: goTime(alert.triggeredAt) };
}

/** Traffic by protocol in JSON. */
export function trafficToJson(traffic: ReadonlyMap<string, Traffic>): BandwidthJson {
  return goMap(
    Array.from(traffic, ([protocol, { totalIn, totalOut, rateIn, rateOut }]) => {
      const json = { total_in: totalIn, total_out: totalOut, rate_in: rateIn, rate_out: rateOut };
      return [protocol, json] as const;
    }),
  );
}

/** Collections on several peers, by peer. */
export function repoGcToJson(collections: readonly RepoGc[]): GlobalRepoGcJson {
  return {
    peer_map: goMap(
      collections.map(({ peer, peername, keys, error }) => {
        const gc = { peer, peername, keys: keys.map((key) => ({ key: key.toString() })) };
        return [peer, error === "" ? gc : { ...gc, error }] as const;
      }),
    ),
  };
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.floor(ms)) * 1_000_000n;
}
