import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";

import { codeOf } from "#lib";

import { readDocument } from "./config/document.ts";
import type { Environment } from "./config/environment.ts";
import { newConfig, saveConfig } from "./config/load.ts";
import { AlreadyInitializedError, NotInitializedError } from "./errors.ts";
import type { DataFolder } from "./folder.ts";
import {
  loadIpfsIdentity,
  readClusterIdentity,
  saveClusterIdentity,
  saveIpfsIdentity,
} from "./identity-file.ts";
import { createIdentity, type Identity } from "./identity.ts";

export interface InitOptions {
  readonly profile: string | undefined;
  readonly environment: Environment;
}

/** What an initialisation made; an entry is undefined when it was there before. */
export interface InitResult {
  readonly configWritten: boolean;
  readonly clusterIdentity: Identity;
  readonly ipfsIdentity: Identity;
  readonly warnings: readonly string[];
}

/**
 * Makes a folder ready: configuration, keys, an empty peerstore. What is there already stays as it is.
 * @throws {UnknownProfileError} {InvalidConfigError} before anything is written
 */
export async function ensureFolder(folder: DataFolder, options: InitOptions): Promise<InitResult> {
  const hasConfig = (await readDocument(folder.configPath)) !== undefined;
  const fresh = hasConfig ? undefined : newConfig(options.profile, options.environment);
  await mkdir(folder.path, { recursive: true, mode: 0o700 });
  const clusterIdentity = await ensureClusterIdentity(folder, options.environment);
  const ipfsIdentity = await ensureIpfsIdentity(folder);
  await ensurePeerstore(folder.peerstorePath);
  if (fresh !== undefined) {
    if (options.profile === "test") {
      const { pinEmptyFolder } = await import("./pin-empty-folder.ts");
      await pinEmptyFolder(folder, fresh.settings, ipfsIdentity);
    }
    // the configuration comes last: a folder that has one is whole
    await saveConfig(folder.configPath, fresh.document);
  }
  return {
    configWritten: fresh !== undefined,
    clusterIdentity,
    ipfsIdentity,
    warnings: fresh?.warnings ?? [],
  };
}

/** Like `ensureFolder`, for a folder without a configuration. @throws {AlreadyInitializedError} */
export async function initFolder(folder: DataFolder, options: InitOptions): Promise<InitResult> {
  if ((await readDocument(folder.configPath)) !== undefined) {
    throw new AlreadyInitializedError(folder.configPath);
  }
  return ensureFolder(folder, options);
}

async function ensureClusterIdentity(
  folder: DataFolder,
  environment: Environment,
): Promise<Identity> {
  const stored = await unlessMissing(readClusterIdentity(folder, environment));
  // an old one is copied to identity.json by the start
  const isThere = stored?.old !== undefined || existsSync(folder.identityPath);
  if (stored !== undefined && isThere) return stored.identity;
  const identity = stored?.identity ?? createIdentity();
  await saveClusterIdentity(folder.identityPath, identity);
  return identity;
}

/** The key of the folder's IPFS node, made when there is none. */
export async function ensureIpfsIdentity(folder: DataFolder): Promise<Identity> {
  const stored = await unlessMissing(loadIpfsIdentity(folder.ipfsKeyPath));
  if (stored !== undefined) return stored;
  const identity = createIdentity();
  await saveIpfsIdentity(folder.ipfsKeyPath, identity);
  return identity;
}

async function unlessMissing<T>(loading: Promise<T>): Promise<T | undefined> {
  try {
    return await loading;
  } catch (cause) {
    if (cause instanceof NotInitializedError) return undefined;
    throw cause;
  }
}

async function ensurePeerstore(path: string): Promise<void> {
  try {
    await writeFile(path, "", { flag: "wx", mode: 0o600 });
  } catch (cause) {
    if (codeOf(cause) !== "EEXIST") throw cause;
  }
}
