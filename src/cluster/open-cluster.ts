import { type Clock, type Logger, messageOf, named } from "#lib";
import type { ClusterPeer, RepoGc, SignalOptions, Traffic } from "#model";

import { NotInPinsetError } from "./errors.ts";
import { ExpiryWatch } from "./expiry.ts";
import { KeyedLock } from "./keyed-lock.ts";
import { defaultMonitorConfig } from "./metrics.ts";
import { Monitor } from "./monitor.ts";
import { countPins, isRetryDue, type Operation } from "./operations.ts";
import { PinChanges } from "./pin-changes.ts";
import type { Consensus, IpfsConnector, UnpinJournal } from "./ports.ts";
import { Recovery } from "./recovery.ts";
import { StatusReader } from "./status-reader.ts";
import { PinTracker } from "./tracker.ts";
import type { Cluster, ClusterConfig } from "./types.ts";

/** What this program is compatible with. */
const clusterVersion = "1.1.6";
const rpcProtocolVersion = "/ipfscluster/1.0/rpc";

/** What a cluster peer stands on. `addresses` are those of the cluster swarm, with /p2p. */
export interface ClusterDeps {
  readonly consensus: Consensus;
  readonly connector: IpfsConnector;
  readonly unpins: UnpinJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: {
    readonly id: string;
    readonly peername: string;
    readonly addresses: () => readonly string[];
  };
  /** What went through the cluster's swarm; without it nothing. */
  readonly traffic?: (() => ReadonlyMap<string, Traffic>) | undefined;
}

/**
 * A cluster peer. On opening it begins to check that everything in the pinset is kept by the node. Disposing it stops
 * what runs; the consensus and the connector stay the caller's.
 */
export function openCluster(deps: ClusterDeps, config: ClusterConfig): Cluster {
  const { consensus, connector } = deps;
  const lock = new KeyedLock();
  const logger = named(deps.logger, "pintracker");
  const tracker = new PinTracker(
    { ...deps, logger },
    { ...config.tracker, isOffline: config.isOffline },
  );
  const expiry = new ExpiryWatch(deps, { intervalMs: config.stateSyncIntervalMs });
  const statuses = new StatusReader({ ...deps, tracker });
  const recovery = new Recovery({ ...deps, tracker, lock, statuses });
  const monitorConfig = config.monitor ?? defaultMonitorConfig;
  const monitor = new Monitor({ ...deps, queueSize: () => tracker.queueSize }, monitorConfig);
  const metrics = (name: string): ReturnType<Monitor["metrics"]> => monitor.metrics(name);
  const changes = new PinChanges({ ...deps, tracker, expiry, lock, metrics }, config);
  const closing = new AbortController();
  const loops = startLoops(
    { ...deps, changes, expiry, recovery, tracker, monitor, closing: closing.signal },
    config,
  );
  const id = (): Promise<ClusterPeer> => describe(deps);
  return {
    version: clusterVersion,
    id,
    peers: async function* () {
      yield await id();
    },
    pin: (cid, options) => changes.pin(cid, options),
    pinPath: async (path, options, call) =>
      changes.pin(await connector.resolve(path, call), options),
    pinWritten: (cid, options) => changes.pinWritten(cid, options),
    pinPart: (cid, part) => changes.pinPart(cid, part),
    unpin: (cid) => changes.unpin(cid),
    unpinPath: async (path, call) => changes.unpin(await connector.resolve(path, call)),
    allocations: () => consensus.list(),
    allocationPages: () => consensus.pages(),
    allocation: async (cid) => {
      const pin = await consensus.get(cid);
      if (pin === undefined) throw new NotInPinsetError(cid.toString());
      return pin;
    },
    allocate: (options) => changes.allocate(options),
    status: (cid, options) => statuses.status(cid, options),
    statusAll: (options) => statuses.statusAll(options),
    statusOf: (cids, options) => statuses.statusOf(cids, options),
    statusPages: (options) => statuses.pages(options),
    recover: (cid, options) => recovery.recover(cid, options),
    recoverAll: (options) => recovery.recoverAll(options),
    metricNames: () => monitor.names,
    metrics,
    alerts: () => monitor.alerts(),
    traffic: () => deps.traffic?.() ?? new Map(),
    ipfsPeers: async () => (await connector.swarmPeers?.().catch(() => [])) ?? [],
    pinCounts: () => countPins(tracker.operations()),
    repoGc: async (options) => [await collectGarbage(deps, options)],
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error("closing"));
      await tracker.close();
      await loops;
    },
  };
}

async function describe({ consensus, connector, identity }: ClusterDeps): Promise<ClusterPeer> {
  const ipfs = await connector.id().then(
    (node) => ({ ...node, error: "" }),
    (cause: unknown) => ({ id: "", addresses: [], error: messageOf(cause) }),
  );
  return {
    id: identity.id,
    addresses: identity.addresses(),
    clusterPeers: await consensus.peers(),
    clusterPeersAddresses: [],
    version: clusterVersion,
    rpcProtocolVersion,
    error: "",
    ipfs,
    peername: identity.peername,
  };
}

async function collectGarbage(deps: ClusterDeps, options?: SignalOptions): Promise<RepoGc> {
  const { id: peer, peername } = deps.identity;
  const keys: RepoGc["keys"][number][] = [];
  try {
    for await (const key of deps.connector.collectGarbage(options)) keys.push(key);
    return { peer, peername, keys, error: "" };
  } catch (cause) {
    return { peer, peername, keys, error: messageOf(cause) };
  }
}

interface LoopDeps extends ClusterDeps {
  readonly monitor: Monitor;
  readonly changes: PinChanges;
  readonly expiry: ExpiryWatch;
  readonly recovery: Recovery;
  readonly tracker: PinTracker;
  readonly closing: AbortSignal;
}

/** Resolves when all of it has ended, which the loops do only when the peer closes. */
async function startLoops(deps: LoopDeps, config: ClusterConfig): Promise<void> {
  const { changes, expiry, recovery, tracker, closing } = deps;
  const finish = async (): Promise<void> => {
    for await (const cid of recovery.finishUnpins({ signal: closing })) {
      deps.logger.debug("finished an unpin", { cid: cid.toString() });
    }
  };
  const finished = finish().catch((error: unknown) => {
    deps.logger.error("unpins of before the start were not finished", { error });
  });
  const { pinRecoverIntervalMs, stateSyncIntervalMs, monitor = defaultMonitorConfig } = config;
  const fill = (): Promise<void> =>
    tracker.backlog.work(() => recovery.queueBacklog(closing), closing);
  const recover = async (): Promise<void> => {
    // the backlog goes through the pinset at the start
    await deps.clock.sleep(pinRecoverIntervalMs, closing);
    const isDue = (operation: Operation | undefined): boolean =>
      isRetryDue(operation, { now: deps.clock.now(), intervalMs: pinRecoverIntervalMs });
    for await (const { cid } of recovery.recoverAll({ isLocal: true, signal: closing }, isDue)) {
      deps.logger.debug("tried a pin again", { cid: cid.toString() });
    }
  };
  const loops = [
    loop(deps, { name: "backlog", pauseMs: pinRecoverIntervalMs }, fill),
    loop(deps, { name: "recover", pauseMs: 0 }, recover),
    loop(deps, { name: "monitor", pauseMs: monitor.checkIntervalMs }, () => deps.monitor.check()),
  ];
  if (!config.isFollower) {
    const watch = (): Promise<void> => expiry.watch((cid) => changes.expire(cid), closing);
    loops.push(loop(deps, { name: "expiry", pauseMs: stateSyncIntervalMs }, watch));
  }
  await Promise.all([finished, ...loops]);
}

/** Runs a task again and again, with a pause between; a failure is told and the next turn comes all the same. */
async function loop(
  { closing, clock, logger }: LoopDeps,
  options: { readonly name: string; readonly pauseMs: number },
  task: () => Promise<void>,
): Promise<void> {
  while (!closing.aborted) {
    try {
      await task();
    } catch (error) {
      if (!closing.aborted) logger.error("a loop failed", { loop: options.name, error });
    }
    // rejects only when the peer closes
    await clock.sleep(options.pauseMs, closing).catch(() => undefined);
  }
}
