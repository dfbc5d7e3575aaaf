import type { BlockSource, BlockWriter, CID, PinMode, SignalOptions } from "#model";
import type { BlockStore } from "#storage";

import type { PinProgress } from "./fetch/types.ts";
import type { FilesRoot } from "./files-root.ts";
import type { Keys } from "./keys/types.ts";
import type { Names } from "./names/types.ts";
import type { Network } from "./network.ts";
import type { PinRecord } from "./ports.ts";

/** The embedded IPFS node. */
export interface Ipfs extends AsyncDisposable {
  /** Peer id (`12D3Koo…`) and the protobuf-encoded public key. */
  readonly identity: { readonly id: string; readonly publicKey: Uint8Array };
  /** Multiaddrs of the swarm, with /p2p; empty while there is none. */
  addresses(): readonly string[];
  /** The network, when it is open. @throws {OfflineError} when there is none */
  network(options?: SignalOptions): Promise<Network>;
  /** The network, when it is open already. */
  readonly networkNow: Network | undefined;
  readonly keys: Keys;
  readonly names: Names;
  /** The local store. */
  readonly blocks: BlockStore;
  /** Local blocks, then the network's when there is one. */
  readonly source: BlockSource;
  /** Local blocks alone. */
  readonly localSource: BlockSource;
  /** Durable sink with a lease. @throws {StorageFullError} from put or flush */
  openWriter(): BlockWriter;
  readonly pins: PinRecords;
  /** The tree of `ipfs files`. */
  readonly files: FilesRoot;
  /** Removes what no pin record reaches, no writer leases; yields each (raw CIDv1). One at a time, a second caller waits. */
  collectGarbage(options?: SignalOptions): AsyncIterable<CID>;
  repoStat(): Promise<RepoStat>;
}

export interface PinRecords {
  get(cid: CID): Promise<PinRecord | undefined>;
  /** How each is pinned, in order: many at once are found faster. */
  modesOf(cids: readonly CID[]): Promise<readonly (PinMode | undefined)[]>;
  list(): AsyncIterable<PinRecord>;
  /**
   * Keeps a DAG (recursive) or one block (direct); durable when it resolves. Fetches what is missing, unless `isWritten`
   * says that the caller has just written the whole of it. A record that exists is renamed, or turned from direct to recursive.
   * @throws {PinConflictError} direct over recursive; {PinNameTooLongError}; {BlockNotFoundError}
   */
  add(cid: CID, options?: PinAddOptions): Promise<void>;
  /** @throws {NotPinnedError}, {PinConflictError} when `mode` is not how it is pinned */
  remove(cid: CID, options?: { readonly mode?: PinMode }): Promise<void>;
  /** How far the fetching for a pin is; undefined when nothing is fetched for it. */
  progress(cid: CID): PinProgress | undefined;
  /** How the block is kept: directly, recursively, through a root, or not at all. */
  statusOf(cid: CID, options?: SignalOptions): Promise<PinnedBy | undefined>;
}

export type PinnedBy =
  | { readonly mode: PinMode; readonly name: string }
  | { readonly mode: "indirect"; readonly root: CID };

export interface PinAddOptions extends SignalOptions {
  readonly mode?: PinMode;
  readonly name?: string;
  readonly isWritten?: boolean;
  /** Fetch nothing: what is missing is an error at once. */
  readonly isLocalOnly?: boolean;
  /** Peers or multiaddrs that probably have it. */
  readonly origins?: readonly string[];
  readonly onProgress?: (blocks: number, bytes: number) => void;
}

export interface RepoStat {
  readonly repoSize: number;
  readonly storageMax: number;
  readonly objects: number;
  readonly repoPath: string;
}
