import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import {
  type ClusterConfig,
  createAdder,
  defaultClusterConfig,
  openCluster,
  openLocalConsensus,
  openUnpinJournal,
} from "#cluster";
import { verifyBlock } from "#dag";
import { gatewayHandler, type Handler, kuboHandler, type RestConfig, restHandler } from "#http";
import { type Ipfs, type OpenHost, openIpfs, parseNameMap } from "#ipfs";
import { openHost } from "#net";
import { openStore, type Store } from "#storage";

import { BootstrapFile } from "./bootstrap-list.ts";
import type { Settings } from "./config/settings.ts";
import { createEmbeddedConnector } from "./embedded-connector.ts";
import { createHostDatastore } from "./host-datastore.ts";
import { agentVersion, ipfsHostOptions, resourceProfile } from "./host-options.ts";
import { guardNetworkMemory } from "./network-memory.ts";
import type { PeerSeams } from "./open-peer.ts";
import type { PeerConfig } from "./peer.ts";
import { expandRouters } from "./public-network.ts";
import { storageMaxBytes, storeSettings } from "./store-options.ts";
import { type ApiGates, openApiGates } from "./users/api-gates.ts";

/** What answers at each listener. */
export interface Composed {
  readonly handlers: { readonly rest: Handler; readonly rpc: Handler; readonly gateway: Handler };
  /** Kubo's RPC lets browsers in from its own origins, so it must know its ports. */
  onListening(ports: { readonly rpc: readonly number[] }): void;
  /** Opens the IPFS swarm and tells what it is bound to; undefined when there is to be none. */
  openSwarm(): Promise<readonly string[] | undefined>;
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
  const ipfs = stack.use(openNode(config, seams, { store, storageMax }));
  const gates = await openApiGates(folder.usersPath, seams);
  if (!isOffline) {
    const profile = resourceProfile(settings.ipfs.resource_profile);
    stack.use(guardNetworkMemory(ipfs, clock, profile));
  }
  const rpcPorts: number[] = [];
  return {
    handlers: {
      rest: openRest(config, { ipfs, store, gates, ...seams }, stack),
      rpc: kuboHandler({
        ipfs,
        clock,
        logger,
        ports: rpcPorts,
        bootstrap: new BootstrapFile(folder.configPath, settings.ipfs.bootstrap),
      }),
      gateway: gatewayHandler(
        { source: ipfs.source, localSource: ipfs.localSource, clock, logger },
        { retrievalTimeoutMs: settings.ipfs.retrieval.timeout },
      ),
    },
    onListening: ({ rpc }) => {
      rpcPorts.push(...rpc);
    },
    openSwarm: async () => {
      if (isOffline) return undefined;
      const { host } = await ipfs.network();
      return host.listenAddresses();
    },
  };
}

function openNode(
  config: PeerConfig,
  { clock, logger }: PeerSeams,
  { store, storageMax }: { readonly store: Store; readonly storageMax: number },
): Ipfs {
  const { folder, ipfsIdentity: identity, isOffline } = config;
  const { ipns, dns, provide, routing, retrieval, announce, resource_profile } =
    config.settings.ipfs;
  return openIpfs(
    {
      store,
      identity,
      clock,
      logger,
      ...(isOffline ? {} : { openHost: hostOpener(config, { store, clock, logger }) }),
    },
    {
      isOffline,
      storageMaxBytes: storageMax,
      repoPath: folder.path,
      network: {
        routingType: routing.type,
        profile: resourceProfile(resource_profile),
        userAgent: agentVersion(),
        delegatedRouters: expandRouters(routing.delegated_routers),
        provideStrategy: announce ? provide.strategy : "none",
        provideIntervalMs: provide.interval,
        httpGateways: retrieval.http_gateways,
      },
      names: {
        recordLifetimeMs: ipns.record_lifetime,
        republishPeriodMs: ipns.republish_period,
        cacheSize: ipns.resolve_cache_size,
        staticNames: parseNameMap(config.staticNames),
      },
      dnsResolvers: dns.resolvers,
    },
  );
}

function hostOpener(
  config: PeerConfig,
  { store, clock, logger }: PeerSeams & { readonly store: Store },
): OpenHost {
  return (validators) =>
    openHost(
      { datastore: createHostDatastore(store.keyspace("datastore")), clock, logger },
      ipfsHostOptions(config, validators),
    );
}

function openRest(
  config: PeerConfig,
  deps: PeerSeams & { readonly ipfs: Ipfs; readonly store: Store; readonly gates: ApiGates },
  stack: AsyncDisposableStack,
): Handler {
  const { clock, logger } = deps;
  const { id } = config.clusterIdentity;
  const connector = createEmbeddedConnector(deps.ipfs);
  const consensus = openLocalConsensus(deps.store.keyspace("pinset"), id);
  const identity = { id, peername: config.settings.cluster.peername, addresses: () => [] };
  const unpins = openUnpinJournal(deps.store.keyspace("unpins"));
  const clusterDeps = { consensus, connector, unpins, clock, logger, identity };
  const cluster = stack.use(openCluster(clusterDeps, clusterConfig(config)));
  const adder = createAdder({ cluster, connector });
  const gate = deps.gates.rest(config.settings.api.restapi);
  return restHandler({ cluster, adder, clock, logger, config: restConfig(config.settings), gate });
}

function clusterConfig({ settings, isOffline }: PeerConfig): ClusterConfig {
  const { cluster, pin_tracker: tracker, ipfs_connector: connectors } = settings;
  const connector = connectors.ipfshttp ?? connectors.embedded;
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
      localPinWaitMs,
      pinTimeoutMs: connector?.pin_timeout ?? defaultClusterConfig.tracker.pinTimeoutMs,
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
