import { asError, CodedError, createLogger, type Logger, type LogLevel, systemClock } from "#lib";

import type { Environment } from "./config/environment.ts";
import { loadConfig } from "./config/load.ts";
import { FolderInUseError } from "./errors.ts";
import type { DataFolder } from "./folder.ts";
import { loadClusterIdentity, loadIpfsIdentity } from "./identity.ts";
import { ensureFolder } from "./init-folder.ts";
import { notifyReady } from "./notify-ready.ts";
import type { Peer, PeerConfig, RunAddresses } from "./peer.ts";
import { readRunFile, removeRunFile, writeRunFile } from "./run-file.ts";
import { watchSignals } from "./signals.ts";

export interface DaemonOptions {
  readonly folder: DataFolder;
  readonly environment: Environment;
  /** Create what is missing. */
  readonly isInit: boolean;
  readonly profile: string | undefined;
  readonly isOffline: boolean;
  readonly bootstrap: readonly string[];
  /** Gets a line for stdout, without its end. */
  readonly print: (line: string) => void;
  /** Gets a line of the log. */
  readonly log: (line: string) => void;
}

/** Everything acknowledged is durable already, so a slow goodbye may be cut short. */
const goodbyeMs = 4500;

/**
 * Runs a peer until a signal asks it to stop. Prints one line per address and last `ready`; resolves when everything is
 * closed. A second signal, or a goodbye of more than 4.5 s, ends the process.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const stop = watchSignals();
  const logger = daemonLogger(options);
  const config = await prepare(options, logger);
  // the rooms are loaded only now: a wrong setting is told at once
  const { openPeer } = await import("./open-peer.ts");
  const peer = await openPeer(config, { clock: systemClock, logger }).catch(
    async (cause: unknown) => {
      throw await nameHolder(asError(cause), config.folder);
    },
  );
  try {
    await announce(peer, config, options);
    // an IPFS node elsewhere may be long in coming
    await Promise.race([peer.ready.then(() => announceReady(options)), stop]);
    await stop;
    logger.info("stopping");
  } finally {
    const forced = setTimeout(() => process.exit(0), goodbyeMs);
    await removeRunFile(config.folder);
    await peer[Symbol.asyncDispose]();
    clearTimeout(forced);
  }
}

/** Says who has a locked folder, when that is known. */
async function nameHolder(error: Error, folder: DataFolder): Promise<Error> {
  const isLocked = error instanceof CodedError && error.code === "FOLDER_LOCKED";
  const holder = isLocked ? await readRunFile(folder) : undefined;
  return holder === undefined ? error : new FolderInUseError(folder.path, holder.pid, error);
}

function daemonLogger(options: DaemonOptions): Logger {
  const wanted = options.environment["PINFOLD_LOG_LEVEL"] ?? "info";
  const level: LogLevel = isLogLevel(wanted) ? wanted : "info";
  return createLogger({ level, write: options.log, now: () => systemClock.now() });
}

function isLogLevel(text: string): text is LogLevel {
  return ["error", "warn", "info", "debug"].includes(text);
}

async function prepare(options: DaemonOptions, logger: Logger): Promise<PeerConfig> {
  const { folder, environment, isOffline, bootstrap } = options;
  if (options.isInit) await ensureFolder(folder, { profile: options.profile, environment });
  const { settings, warnings } = await loadConfig(folder.configPath, environment);
  for (const warning of warnings) logger.warn("a setting has no effect", { warning });
  return {
    folder,
    settings,
    clusterIdentity: await loadClusterIdentity(folder.identityPath, environment),
    ipfsIdentity: await loadIpfsIdentity(folder.ipfsKeyPath),
    isOffline,
    bootstrap,
    staticNames: environment["IPFS_NS_MAP"] ?? "",
  };
}

async function announce(peer: Peer, config: PeerConfig, options: DaemonOptions): Promise<void> {
  await writeRunFile(config.folder, {
    pid: process.pid,
    id: config.clusterIdentity.id,
    ipfs_id: config.ipfsIdentity.id,
    ...peer.addresses,
  });
  for (const line of addressLines(peer.addresses)) options.print(line);
}

async function announceReady(options: DaemonOptions): Promise<void> {
  options.print("ready");
  await notifyReady(options.environment["NOTIFY_SOCKET"]);
}

const labels: Readonly<Record<keyof RunAddresses, string>> = {
  rest: "REST API",
  proxy: "IPFS proxy",
  pinsvc: "pinning service",
  rpc: "IPFS RPC",
  gateway: "gateway",
  ui: "web page",
  cluster: "cluster swarm",
  swarm: "IPFS swarm",
};

function addressLines(addresses: RunAddresses): string[] {
  return Object.entries(addresses).flatMap(([name, value]) => {
    const label = Object.entries(labels).find(([key]) => key === name)?.[1] ?? name;
    const all: readonly string[] = typeof value === "string" ? [value] : value;
    return all.map((address) => `${label}: ${address}`);
  });
}
