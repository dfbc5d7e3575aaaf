import { asError, CodedError, type Logger, systemClock } from "#lib";

import type { Environment } from "./config/environment.ts";
import type { DaemonVoice } from "./daemon-voice.ts";
import { FolderInUseError } from "./errors.ts";
import type { DataFolder } from "./folder.ts";
import { refuseGoPeer } from "./go-folder/go-lock.ts";
import { notifyReady } from "./notify-ready.ts";
import type { Peer, PeerConfig } from "./peer.ts";
import { preparePeer } from "./prepare-peer.ts";
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
  /** Begin with an empty pinset although the folder holds one of the Go program. */
  readonly mayStartEmpty?: boolean;
  /** A configuration must have what IPFS Cluster wants it to have. */
  readonly isGo?: boolean;
  readonly voice: DaemonVoice;
  readonly logger: Logger;
}

/** Everything acknowledged is durable already, so a slow goodbye may be cut short. */
const goodbyeMs = 4500;

/**
 * Runs a peer until a signal asks it to stop; `voice` tells of it. Resolves when everything is closed. A second signal, or
 * a goodbye of more than 4.5 s, ends the process.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const stop = watchSignals();
  // also while it still opens, or waits for a configuration elsewhere
  void stop.then(() => setTimeout(() => process.exit(0), goodbyeMs));
  const { logger, voice } = options;
  await refuseGoPeer(options.folder);
  const config = await preparePeer(options);
  // the rooms are loaded only now: a wrong setting is told at once
  const { openPeer } = await import("./open-peer.ts");
  const peer = await openPeer(config, { clock: systemClock, logger }).catch(
    async (cause: unknown) => {
      throw await nameHolder(asError(cause), config.folder);
    },
  );
  try {
    await announce(peer, config, config.ipfsIdentity?.id ?? "");
    voice.onListening(peer, config);
    // an IPFS node elsewhere may be long in coming
    const about = { ...options, stop };
    await Promise.race([peer.ready.then(() => announceReady(peer, config, about)), stop]);
    await stop;
    voice.onStopping();
  } finally {
    // only a failure comes here without a stop
    const forced = setTimeout(() => process.exit(1), goodbyeMs);
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

async function announce(peer: Peer, config: PeerConfig, ipfsId: string): Promise<void> {
  await writeRunFile(config.folder, {
    pid: process.pid,
    id: config.clusterIdentity.id,
    ipfs_id: ipfsId,
    ...peer.addresses,
  });
}

async function announceReady(
  peer: Peer,
  config: PeerConfig,
  { voice, environment, stop }: DaemonOptions & { readonly stop: Promise<void> },
): Promise<void> {
  if (config.ipfsIdentity === undefined) {
    const id = await Promise.race([peer.ipfsId().catch(() => ""), stop]);
    // who is stopping has no addresses any more
    if (id === undefined) return;
    await announce(peer, config, id);
  }
  await voice.onReady(peer);
  await notifyReady(environment["NOTIFY_SOCKET"]);
}
