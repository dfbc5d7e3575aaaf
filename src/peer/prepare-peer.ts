import { existsSync } from "node:fs";
import { join } from "node:path";

import { type Logger, named } from "#lib";

import { emptySecret } from "./config/cluster-section.ts";
import { requireGoSections } from "./config/go-requirements.ts";
import { loadConfig, type LoadedConfig } from "./config/load.ts";
import type { Settings } from "./config/settings.ts";
import type { DaemonOptions } from "./daemon.ts";
import { NotInitializedError } from "./errors.ts";
import type { DataFolder } from "./folder.ts";
import { findGoState, requireOwnState } from "./go-folder/go-state.ts";
import { requireSinglePeer } from "./go-folder/raft.ts";
import { loadIpfsIdentity, readClusterIdentity, saveClusterIdentity } from "./identity-file.ts";
import type { Identity } from "./identity.ts";
import { ensureFolder, ensureIpfsIdentity } from "./init-folder.ts";
import type { PeerConfig } from "./peer.ts";
import { peerstorePathOf, readPeerstore } from "./peerstore-file.ts";
import { isNodeElsewhere } from "./surfaces.ts";

/**
 * Reads everything that a peer is opened from, and sees that the folder is one that may be started.
 * @throws {NotInitializedError} {InvalidConfigError} {InvalidIdentityError} {RaftPeersError} {GoStateError}
 */
export async function preparePeer(options: DaemonOptions): Promise<PeerConfig> {
  const { folder, environment } = options;
  const log = named(options.logger, "config");
  if (options.isInit) await ensureFolder(folder, { profile: options.profile, environment });
  const loaded = await loadConfig(folder.configPath, environment);
  if (options.isGo === true) requireGoSections(loaded.document, folder.configPath);
  tell(loaded, options.logger);
  const { identity: clusterIdentity, old } = await readClusterIdentity(folder, environment);
  const { settings } = loaded;
  await requireStartable(options, loaded, clusterIdentity.id);
  if (old !== undefined) {
    await saveClusterIdentity(folder.identityPath, old);
    log.info("the identity was copied out of the configuration", { to: folder.identityPath });
  }
  if (loaded.isRaft) log.warn("there is no raft here: this peer runs as CRDT, alone");
  return {
    folder,
    settings,
    clusterIdentity,
    ipfsIdentity: isNodeElsewhere(settings) ? undefined : await ipfsIdentityOf(folder),
    isOffline: options.isOffline,
    bootstrap: options.bootstrap,
    knownPeers: await knownPeers(folder, settings, log),
    staticNames: environment["IPFS_NS_MAP"] ?? "",
  };
}

function tell({ settings, warnings, notes }: LoadedConfig, logger: Logger): void {
  const log = named(logger, "config");
  for (const warning of warnings) log.warn("a setting has no effect", { warning });
  for (const note of notes) log.info("a key of an older version was found", { note });
  if (settings.observations.tracing.enable_tracing) log.warn("there is no tracing here");
  if (settings.cluster.secret === "") named(logger, "cluster").warn(emptySecret);
}

async function requireStartable(
  { folder, bootstrap, mayStartEmpty = false }: DaemonOptions,
  { settings, isRaft }: LoadedConfig,
  id: string,
): Promise<void> {
  if (isRaft) await requireSinglePeer(folder, settings, { id, bootstrap });
  const found = await findGoState(folder, settings, isRaft);
  await requireOwnState(folder, found, mayStartEmpty);
}

async function knownPeers(
  folder: DataFolder,
  { cluster }: Settings,
  log: Logger,
): Promise<readonly string[]> {
  const path = peerstorePathOf(folder, cluster.peerstore_file);
  const { addresses, problems } = await readPeerstore(path);
  for (const problem of problems) log.warn("an address in the peerstore is none", { problem });
  return [...cluster.peer_addresses, ...addresses];
}

/** A folder that has never run here may come without a key for the node. */
async function ipfsIdentityOf(folder: DataFolder): Promise<Identity> {
  try {
    return await loadIpfsIdentity(folder.ipfsKeyPath);
  } catch (cause) {
    const hasRun = existsSync(join(folder.path, "blocks"));
    if (!(cause instanceof NotInitializedError) || hasRun) throw cause;
    return ensureIpfsIdentity(folder);
  }
}
