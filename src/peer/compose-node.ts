import { gatewayHandler, kuboHandler } from "#http";
import { type Ipfs, type OpenHost, openIpfs, parseNameMap } from "#ipfs";
import { named } from "#lib";
import { openHost } from "#net";
import type { Store } from "#storage";

import { BootstrapFile } from "./bootstrap-list.ts";
import type { NodeSide } from "./compose.ts";
import { createEmbeddedConnector } from "./embedded-connector.ts";
import { createHostDatastore } from "./host-datastore.ts";
import { agentVersion, ipfsHostOptions, resourceProfile } from "./host-options.ts";
import type { Identity } from "./identity.ts";
import { guardNetworkMemory } from "./network-memory.ts";
import type { PeerSeams } from "./open-peer.ts";
import type { PeerConfig } from "./peer.ts";
import { expandRouters } from "./public-network.ts";
import { withListenKey } from "./with-listen-key.ts";

export interface NodeDeps extends PeerSeams {
  readonly store: Store;
  readonly storageMaxBytes: number;
  /** The node's key; the cluster peer has another. */
  readonly identity: Identity;
}

/** The node in this process, with its RPC, its gateway and its swarm. */
export function composeNode(
  config: PeerConfig,
  deps: NodeDeps,
  stack: AsyncDisposableStack,
): NodeSide {
  const { settings, folder, isOffline } = config;
  const { clock, logger } = deps;
  const ipfs = stack.use(openNode(config, deps));
  if (!isOffline) {
    const profile = resourceProfile(settings.ipfs.resource_profile);
    stack.use(guardNetworkMemory(ipfs, clock, profile));
  }
  const rpcPorts: number[] = [];
  const bootstrap = new BootstrapFile(folder.configPath, settings.ipfs.bootstrap);
  return {
    connector: createEmbeddedConnector(ipfs),
    handlers: {
      rpc: kuboHandler({
        ipfs,
        clock,
        logger: named(logger, "rpc"),
        ports: rpcPorts,
        bootstrap,
      }),
      gateway: gatewayHandler(
        {
          source: ipfs.source,
          localSource: ipfs.localSource,
          clock,
          logger: named(logger, "gateway"),
        },
        { retrievalTimeoutMs: settings.ipfs.retrieval.timeout },
      ),
    },
    onListening: ({ rpc }) => {
      rpcPorts.push(...rpc);
    },
    openSwarm: async () => {
      if (isOffline) return undefined;
      const { host } = await withListenKey("ipfs.swarm_listen_multiaddress", ipfs.network());
      return host.listenAddresses();
    },
    ready: Promise.resolve(),
  };
}

function openNode(config: PeerConfig, deps: NodeDeps): Ipfs {
  const { folder, isOffline } = config;
  const { store, identity, clock, logger } = deps;
  const { ipns, dns, provide, routing, retrieval, announce, resource_profile } =
    config.settings.ipfs;
  return openIpfs(
    {
      store,
      identity,
      clock,
      logger: named(logger, "ipfs"),
      ...(isOffline ? {} : { openHost: hostOpener(config, deps) }),
    },
    {
      isOffline,
      storageMaxBytes: deps.storageMaxBytes,
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
  { settings }: PeerConfig,
  { store, identity, clock, logger }: NodeDeps,
): OpenHost {
  return (validators) =>
    openHost(
      {
        datastore: createHostDatastore(store.keyspace("datastore")),
        clock,
        logger: named(logger, "ipfs"),
      },
      ipfsHostOptions(settings, identity, validators),
    );
}
