// Doors to what is heavy: a client command that only looks for its peer should not load a node.

import { systemClock } from "#lib";

import type { Environment } from "./config/environment.ts";
import type { ConfigReport } from "./config/report.ts";
import type { DaemonOptions } from "./daemon.ts";
import type { DataFolder } from "./folder.ts";
import type { ClusterInitOptions } from "./init-cluster-folder.ts";
import type { InitOptions, InitResult } from "./init-folder.ts";
import type { Libp2pBridge, Libp2pBridgeOptions } from "./libp2p-bridge.ts";
import type { OfflineRepo } from "./offline-repo.ts";
import type { OfflineState } from "./state/offline-state.ts";
import type { UserAdmin } from "./users/user-admin.ts";

/**
 * Runs a peer until a signal asks it to stop; `voice` tells of it. Resolves when everything is closed. A second signal, or
 * a goodbye of more than 4.5 s, ends the process.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const daemon = await import("./daemon.ts");
  return daemon.runDaemon(options);
}

/** Makes a new data folder ready. @throws {AlreadyInitializedError} {UnknownProfileError} {InvalidConfigError} */
export async function initFolder(folder: DataFolder, options: InitOptions): Promise<InitResult> {
  const init = await import("./init-folder.ts");
  return init.initFolder(folder, options);
}

/**
 * Makes a folder as `ipfs-cluster-service init` does, byte for byte: service.json (over one that is there), a key unless
 * there is one, the peerstore. @throws {InitStepError} at the first step that fails
 */
export async function initClusterFolder(
  folder: DataFolder,
  options: ClusterInitOptions,
): Promise<void> {
  const init = await import("./init-cluster-folder.ts");
  await init.initClusterFolder(folder, options);
}

/**
 * Opens and locks the block store of a folder in which no peer runs.
 * @throws {NotInitializedError} {FolderLockedError} {FolderFormatError}
 */
export async function openOfflineRepo(
  folder: DataFolder,
  environment: Environment,
): Promise<OfflineRepo> {
  const repo = await import("./offline-repo.ts");
  return repo.openOfflineRepo(folder, environment);
}

/**
 * Opens and locks the pinset of a folder in which no peer runs: to export, import and clear it.
 * @throws {NotInitializedError} {FolderLockedError} {FolderInUseError} {FolderFormatError}
 */
export async function openOfflineState(folder: DataFolder): Promise<OfflineState> {
  const state = await import("./state/offline-state.ts");
  return state.openOfflineState(folder);
}

/** Makes the index of a folder anew from its segments alone. @throws {FolderLockedError} while a peer runs */
export async function rebuildRepoIndex(
  folder: DataFolder,
  environment: Environment,
): Promise<{ readonly blocks: number; readonly segments: number }> {
  const repo = await import("./offline-repo.ts");
  return repo.rebuildRepoIndex(folder, environment);
}

/**
 * Users and tokens of a folder, whether its peer runs or not.
 * @throws {NotInitializedError} {InvalidUsersError}
 */
export async function openUserAdmin(folder: DataFolder): Promise<UserAdmin> {
  const users = await import("./users/user-admin.ts");
  return users.openUserAdmin(folder, systemClock);
}

/**
 * Looks at a folder's configuration: what is wrong with it, and what counts.
 * @throws {NotInitializedError} without one {InvalidConfigError} for one that is no JSON, or cannot be fetched
 */
export async function reportConfig(
  folder: DataFolder,
  environment: Environment,
): Promise<ConfigReport> {
  const report = await import("./config/report.ts");
  return report.reportConfig(folder, environment);
}

/** Leads to a peer's API over libp2p-http, by a host of its own: every connection becomes a stream. @throws {DialError} */
export async function openLibp2pBridge(options: Libp2pBridgeOptions): Promise<Libp2pBridge> {
  const bridge = await import("./libp2p-bridge.ts");
  return bridge.openLibp2pBridge(options);
}
