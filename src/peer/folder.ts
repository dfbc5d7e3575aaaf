import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where everything of one peer lies. */
export interface DataFolder {
  readonly path: string;
  readonly configPath: string;
  readonly identityPath: string;
  /** The IPFS node's private key. */
  readonly ipfsKeyPath: string;
  readonly peerstorePath: string;
  /** Users and tokens of the APIs. */
  readonly usersPath: string;
  readonly addressesPath: string;
}

export function dataFolderAt(path: string): DataFolder {
  const absolute = resolve(path);
  return {
    path: absolute,
    configPath: join(absolute, "service.json"),
    identityPath: join(absolute, "identity.json"),
    ipfsKeyPath: join(absolute, "keys", "self"),
    peerstorePath: join(absolute, "peerstore"),
    usersPath: join(absolute, "users.json"),
    addressesPath: join(absolute, "run", "addresses.json"),
  };
}

export interface FolderWish {
  /** `--data` */
  readonly data?: string | undefined;
  /** `--config` */
  readonly config?: string | undefined;
}

/**
 * Which folder: `--data`, `$PINFOLD_PATH`, `--config`, `$IPFS_CLUSTER_PATH`, `~/.pinfold`. `isNamed` tells whether a
 * flag or a variable chose it.
 */
export function chooseFolder(
  wish: FolderWish,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly folder: DataFolder; readonly isNamed: boolean } {
  const candidates = [
    wish.data,
    environment["PINFOLD_PATH"],
    wish.config,
    environment["IPFS_CLUSTER_PATH"],
  ];
  const named = candidates.find((path) => path !== undefined && path !== "");
  const path = named ?? join(homedir(), ".pinfold");
  return { folder: dataFolderAt(path), isNamed: named !== undefined };
}
