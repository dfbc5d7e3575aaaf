import type { Clock, Logger } from "#lib";
import { silentLogger, systemClock } from "#lib";
import type { CID } from "#model";

import { type Disk, systemDisk } from "./disk.ts";
import { verifySha256 } from "./verify-hash.ts";

const kib = 1024;
const mib = 1024 * kib;

export type StoreEngine = "log" | "level";

/** What is wrong with a block, or undefined when its bytes match its CID. */
export type VerifyHash = (cid: CID, bytes: Uint8Array) => string | undefined;

export interface StoreOptions {
  /** "log": CAR segments and an index; "level": the package blockstore-level. A folder keeps the one it began with. */
  readonly engine: StoreEngine;
  /** Bytes of block files at most, live and deleted. */
  readonly storageMaxBytes: number;
  /** A segment is closed when the next block would not fit; at most 4 GiB. */
  readonly segmentSizeBytes: number;
  /** Accepted blocks that are not written yet: when there are more, `put` answers a promise. */
  readonly writeWindowBytes: number;
  /** While blocks stream in they are synced every so many bytes, so that the last sync is short. */
  readonly syncEveryBytes: number;
  /** Durable blocks that are found through memory only; more are written to the index. Opening replays at most these. */
  readonly indexEveryBlocks: number;
  /** Free bytes of the disk that blocks leave to LevelDB and others. */
  readonly reserveBytes: number;
  /** A full segment with a smaller share of live bytes is rewritten. */
  readonly liveShareMin: number;
  /** Blocks found already stored that one writer (or a collection) remembers; a writer that finds more stores copies. */
  readonly leasedBlocksMax: number;
  /** Open files of segments. */
  readonly openSegmentsMax: number;
  /** Small blocks kept in memory after they were read. */
  readonly hotBlocksBytes: number;
  /** LevelDB's cache. */
  readonly cacheSizeBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disk: Disk;
  /** Used by `verify` and for what a crash left at the end of the log. Default: sha2-256 alone, others count as sound. */
  readonly verifyBlock: VerifyHash;
}

export const defaultStoreOptions: Omit<StoreOptions, "engine" | "storageMaxBytes"> = {
  segmentSizeBytes: 512 * mib,
  writeWindowBytes: 16 * mib,
  syncEveryBytes: 32 * mib,
  indexEveryBlocks: 4096,
  reserveBytes: 64 * mib,
  liveShareMin: 0.5,
  leasedBlocksMax: 1_000_000,
  openSegmentsMax: 64,
  hotBlocksBytes: 8 * mib,
  cacheSizeBytes: 32 * mib,
  clock: systemClock,
  logger: silentLogger,
  disk: systemDisk,
  verifyBlock: verifySha256,
};
