import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { type ClusterConfig, createAdder, openCluster, openLocalConsensus } from "#cluster";
import { verifyBlock } from "#dag";
import { gatewayHandler, type Handler, kuboHandler, type RestConfig, restHandler } from "#http";
import { type Ipfs, openIpfs } from "#ipfs";
import { openStore, type Store } from "#storage";

import type { Settings } from "./config/settings.ts";
import { createEmbeddedConnector } from "./embedded-connector.ts";
import type { PeerSeams } from "./open-peer.ts";
import type { PeerConfig } from "./peer.ts";
import { storageMaxBytes, storeSettings } from "./store-options.ts";

/** What answers at each listener. */
export interface Composed {
  readonly handlers: { readonly rest: Handler; readonly rpc: Handler; readonly gateway: Handler };
  /** Kubo's RPC lets browsers in from its own origins, so it must know its ports. */
  onListening(ports: { readonly rpc: readonly number[] }): void;
}

/** Opens the rooms behind the listeners, each on `stack`: store, node, cluster. */
export async function composeRooms(
  config: PeerConfig,
  seams: PeerSeams,
  stack: AsyncDisposableStack,
): Promise<Composed> {
  const { settings, folder, isOffline } = config;
  const { clock, logger } = seams;
  const storageMax = await storageMaxBytes(settings, folder.path, await usedBytes(folder.path));
  const store: Store = stack.use(
    await openStore(folder.path, {
      ...storeSettings(settings),
      ...seams,
      storageMaxBytes: storageMax,
      verifyBlock,
    }),
  );
  const { id, publicKey } = config.ipfsIdentity;
  const ipfs = stack.use(
    openIpfs(
      { store, identity: { id, publicKey } },
      { isOffline, storageMaxBytes: storageMax, repoPath: folder.path },
    ),
  );
  const rpcPorts: number[] = [];
  return {
    handlers: {
      rest: openRest(config, { ipfs, store, ...seams }, stack),
      rpc: kuboHandler({ ipfs, clock, logger, ports: rpcPorts }),
      // nobody can be asked yet, so waiting for what is missing would be in vain
      gateway: gatewayHandler({
        source: ipfs.localSource,
        localSource: ipfs.localSource,
        clock,
        logger,
      }),
    },
    onListening: ({ rpc }) => {
      rpcPorts.push(...rpc);
    },
  };
}

function openRest(
  config: PeerConfig,
  deps: PeerSeams & { readonly ipfs: Ipfs; readonly store: Store },
  stack: AsyncDisposableStack,
): Handler {
  const { clock, logger } = deps;
  const { id } = config.clusterIdentity;
  const connector = createEmbeddedConnector(deps.ipfs);
  const consensus = openLocalConsensus(deps.store.keyspace("pinset"), id);
  const identity = { id, peername: config.settings.cluster.peername, addresses: () => [] };
  const clusterDeps = { consensus, connector, clock, logger, identity };
  const cluster = stack.use(openCluster(clusterDeps, clusterConfig(config)));
  const adder = createAdder({ cluster, connector });
  return restHandler({ cluster, adder, clock, logger, config: restConfig(config.settings) });
}

function clusterConfig({ settings, isOffline }: PeerConfig): ClusterConfig {
  const { cluster, pin_tracker: tracker } = settings;
  return {
    replicationFactorMin: cluster.replication_factor_min,
    replicationFactorMax: cluster.replication_factor_max,
    stateSyncIntervalMs: cluster.state_sync_interval,
    pinRecoverIntervalMs: cluster.pin_recover_interval,
    isFollower: cluster.follower_mode,
    isOffline,
    tracker: {
      concurrentPins: tracker.stateless.concurrent_pins,
      maxPinQueueSize: tracker.stateless.max_pin_queue_size,
      priorityPinMaxAgeMs: tracker.stateless.priority_pin_max_age,
      priorityPinMaxRetries: tracker.stateless.priority_pin_max_retries,
      localPinWaitMs: localPinWaitMs,
    },
  };
}

/** How long the answer to a pin waits for the walk over content that is here. */
const localPinWaitMs = 10_000;

function restConfig({ api: { restapi } }: Settings): RestConfig {
  return {
    headers: restapi?.headers ?? {},
    cors: {
      allowedOrigins: restapi?.cors_allowed_origins ?? [],
      allowedMethods: restapi?.cors_allowed_methods ?? [],
      allowedHeaders: restapi?.cors_allowed_headers ?? [],
      exposedHeaders: restapi?.cors_exposed_headers ?? [],
      allowCredentials: restapi?.cors_allow_credentials ?? false,
      maxAgeSeconds: (restapi?.cors_max_age ?? 0) / 1000,
    },
  };
}

/** What block files take already; none in a new folder. */
async function usedBytes(path: string): Promise<number> {
  const blocks = join(path, "blocks");
  const names = await readdir(blocks).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(blocks, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
