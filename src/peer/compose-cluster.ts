import {
  type Adder,
  type Cluster,
  type ClusterConfig,
  createAdder,
  defaultClusterConfig,
  type IpfsConnector,
  type MonitorConfig,
  openCluster,
  openLocalConsensus,
  openUnpinJournal,
} from "#cluster";
import { named } from "#lib";
import type { Store } from "#storage";

import { type ClusterSwarm, clusterSwarm } from "./cluster-swarm.ts";
import type { Settings } from "./config/settings.ts";
import type { PeerSeams } from "./open-peer.ts";
import type { PeerConfig } from "./peer.ts";
import { guardPinsetMemory } from "./pinset-memory.ts";

interface ClusterSideDeps extends PeerSeams {
  readonly connector: IpfsConnector;
  /** Called when the cluster closes: it would wait for what the connector has under way. */
  readonly endCalls: () => void;
  readonly store: Store;
}

export interface ClusterSide {
  readonly cluster: Cluster;
  readonly adder: Adder;
  readonly swarm: ClusterSwarm;
}

/** The cluster peer above an IPFS node: pinset, tracker, adder. */
export function composeCluster(
  config: PeerConfig,
  deps: ClusterSideDeps,
  stack: AsyncDisposableStack,
): ClusterSide {
  const { clock, logger, connector, store } = deps;
  const { id } = config.clusterIdentity;
  const pinset = guardPinsetMemory(store.keyspace("pinset"), clock);
  stack.use(pinset.guard);
  const clusterLog = named(logger, "cluster");
  const consensus = openLocalConsensus(pinset.store, id, (error) => {
    clusterLog.error("a record of the pinset cannot be read and is passed over", { error });
  });
  const swarm = clusterSwarm(config, deps, stack);
  const { peername } = config.settings.cluster;
  const identity = { id, peername, addresses: () => swarm.addresses() };
  const unpins = openUnpinJournal(store.keyspace("unpins"));
  const traffic = (): ReturnType<ClusterSwarm["traffic"]> => swarm.traffic();
  const about = { logger: clusterLog, identity, traffic };
  const clusterDeps = { consensus, connector, unpins, clock, ...about };
  const cluster = openCluster(clusterDeps, clusterConfig(config));
  stack.defer(async () => {
    const closed = cluster[Symbol.asyncDispose]();
    deps.endCalls();
    await closed;
  });
  return { cluster, swarm, adder: createAdder({ cluster, connector }) };
}

function clusterConfig({ settings, isOffline }: PeerConfig): ClusterConfig {
  const { cluster, pin_tracker: tracker, ipfs_connector: connectors } = settings;
  const connector = connectors.ipfshttp ?? connectors.embedded;
  const isElsewhere = connectors.ipfshttp !== undefined;
  return {
    replicationFactorMin: cluster.replication_factor_min,
    replicationFactorMax: cluster.replication_factor_max,
    stateSyncIntervalMs: cluster.state_sync_interval,
    pinRecoverIntervalMs: cluster.pin_recover_interval,
    isFollower: cluster.follower_mode,
    monitor: monitorConfig(settings),
    allocateBy: settings.allocator.balanced.allocate_by,
    // a node elsewhere has a network of its own
    isOffline: isOffline && !isElsewhere,
    tracker: {
      concurrentPins: tracker.stateless.concurrent_pins,
      maxPinQueueSize: tracker.stateless.max_pin_queue_size,
      priorityPinMaxAgeMs: tracker.stateless.priority_pin_max_age,
      priorityPinMaxRetries: tracker.stateless.priority_pin_max_retries,
      localPinWaitMs: isElsewhere ? elsewherePinWaitMs : localPinWaitMs,
      localPinWaitersMax: isElsewhere ? elsewherePinWaitersMax : localPinWaitersMax,
      pinTimeoutMs: connector?.pin_timeout ?? defaultClusterConfig.tracker.pinTimeoutMs,
    },
  };
}

function monitorConfig({ cluster, informer, monitor }: Settings): MonitorConfig {
  const { disk, pinqueue, tags } = informer;
  return {
    checkIntervalMs: monitor.pubsubmon.check_interval,
    pingTtlMs: 2 * cluster.monitor_ping_interval,
    disk: disk && { ttlMs: disk.metric_ttl, type: disk.metric_type },
    pinqueue: pinqueue && {
      ttlMs: pinqueue.metric_ttl,
      weightBucketSize: pinqueue.weight_bucket_size,
    },
    tags: tags && { ttlMs: tags.metric_ttl, tags: tags.tags },
  };
}

/** How long the answer to a pin waits for the walk over content that is here. */
const localPinWaitMs = 10_000;
/** So many answers wait at once. */
const localPinWaitersMax = 10_000;
/** The same for a node elsewhere, which may be slow, or away. */
const elsewherePinWaitMs = 1_000;
/** Who pins many is held up by no node that takes its time for each. */
const elsewherePinWaitersMax = 4;
