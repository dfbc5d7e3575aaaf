import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import type { Cluster, IpfsConnector } from "#cluster";
import { verifyBlock } from "#dag";
import type { Handler } from "#http";
import { named } from "#lib";
import type { Host } from "#net";
import { openStore, type Store } from "#storage";

import { apiHandlers } from "./api-handlers.ts";
import { composeCluster } from "./compose-cluster.ts";
import { composeProxy } from "./compose-proxy.ts";
import { NotInitializedError } from "./errors.ts";
import type { SurfaceName } from "./listeners.ts";
import type { Metrics } from "./metrics/open-metrics.ts";
import type { PeerSeams } from "./open-peer.ts";
import type { PeerConfig } from "./peer.ts";
import { storageMaxBytes, storeSettings } from "./store-options.ts";
import { openApiGates } from "./users/api-gates.ts";
import { withListenKey } from "./with-listen-key.ts";

/** What answers at each listener. */
export type Handlers = Partial<Readonly<Record<SurfaceName, Handler>>>;

/** The IPFS node, ours or another's: what the cluster asks of it, and the surfaces that are its own. */
export interface NodeSide {
  readonly connector: IpfsConnector;
  readonly handlers: Handlers;
  /** Kubo's RPC lets browsers in from its own origins, so it must know its ports. */
  onListening(ports: { readonly rpc: readonly number[] }): void;
  /** Opens the IPFS swarm and tells what it is bound to; undefined when there is to be none. */
  openSwarm(): Promise<readonly string[] | undefined>;
  /** Resolves when the node has answered for the first time; never rejects. */
  readonly ready: Promise<void>;
  /** Fails what is asked of it and not answered yet. Ours answers soon. */
  endCalls?(): void;
  /** Given the cluster above it, once that is there. */
  onCluster?(cluster: Cluster): void;
}

export type Composed = Omit<NodeSide, "connector"> & {
  /** Opens the cluster's swarm and tells what it is bound to; undefined when there is to be none. */
  openClusterSwarm(): Promise<readonly string[] | undefined>;
  /** The cluster's host, once its swarm is open. */
  clusterHost(): Host | undefined;
  /** The IPFS node's id. Rejects while it does not answer. */
  ipfsId(): Promise<string>;
};

/** Opens the rooms behind the listeners, each on `stack`: store, node, cluster. */
export async function composeRooms(
  config: PeerConfig,
  seams: PeerSeams,
  stack: AsyncDisposableStack,
): Promise<Composed> {
  const { settings, folder } = config;
  const storageMax = await storageMaxBytes(settings, folder.path, () => usedBytes(folder.path));
  const store: Store = stack.use(
    await openStore(folder.path, {
      ...storeSettings(settings),
      ...seams,
      logger: named(seams.logger, "store"),
      storageMaxBytes: storageMax,
      verifyBlock,
    }),
  );
  const deps = { ...seams, store, storageMaxBytes: storageMax };
  const node = await composeNodeSide(config, deps, stack);
  const metrics = await composeMetrics(settings, { ...deps, connector: node.connector });
  const connector = metrics?.connector ?? node.connector;
  const endCalls = (): void => node.endCalls?.();
  const { cluster, adder, swarm } = composeCluster(config, { ...deps, connector, endCalls }, stack);
  node.onCluster?.(cluster);
  const users = { ...seams, logger: named(seams.logger, "users") };
  const gates = await openApiGates(folder.usersPath, users);
  const apis = apiHandlers(config, { ...seams, cluster, adder, gates });
  const proxy = composeProxy(config, { ...seams, node }, stack);
  return {
    ...node,
    handlers: {
      ...node.handlers,
      ...apis,
      ...(proxy && { proxy }),
      ...(metrics && { metrics: metrics.handler(cluster) }),
    },
    openClusterSwarm: () => withListenKey("cluster.listen_multiaddress", swarm.open()),
    clusterHost: () => swarm.host(),
    ipfsId: async () => (await connector.id()).id,
  };
}

/** The node that `ipfs_connector` names; only that one is loaded. */
async function composeNodeSide(
  config: PeerConfig,
  deps: PeerSeams & { readonly store: Store; readonly storageMaxBytes: number },
  stack: AsyncDisposableStack,
): Promise<NodeSide> {
  const { ipfsIdentity: identity, settings } = config;
  const { ipfshttp } = settings.ipfs_connector;
  if (ipfshttp !== undefined) {
    const { composeKubo } = await import("./compose-kubo.ts");
    return composeKubo(ipfshttp, deps, stack);
  }
  if (identity === undefined) throw new NotInitializedError(config.folder.ipfsKeyPath, "key");
  const { composeNode } = await import("./compose-node.ts");
  return composeNode(config, { ...deps, identity }, stack);
}

/** Metrics are loaded, and things are counted, when somebody wants them. */
async function composeMetrics(
  { observations: { metrics } }: PeerConfig["settings"],
  deps: PeerSeams & { readonly connector: IpfsConnector; readonly store: Store },
): Promise<Metrics | undefined> {
  if (!metrics.enable_stats) return undefined;
  const { openMetrics } = await import("./metrics/open-metrics.ts");
  const pinset = deps.store.keyspace("pinset");
  return openMetrics({ ...deps, pinset }, { reportingIntervalMs: metrics.reporting_interval });
}

/** What block files take already; none in a new folder. */
async function usedBytes(path: string): Promise<number> {
  const blocks = join(path, "blocks");
  const names = await readdir(blocks).catch(() => []);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(blocks, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
