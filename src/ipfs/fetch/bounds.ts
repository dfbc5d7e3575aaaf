const kib = 1024;
const mib = 1024 * kib;

/** What fetching may hold at once. The folder's README.md says why. */
export interface FetchBounds {
  /** Wants of one pin on their way. */
  readonly pinBlocks: number;
  /** Their bytes, by the mean size of what came so far. */
  readonly pinBytes: number;
  /** Blocks with links that a walk reads from the store in one go; 32 of the usual size are 8 MiB. */
  readonly readBlocks: number;
  /** Raw leaves that a walk looks up in one go; they are not read. */
  readonly lookBlocks: number;
  /** Raw leaves that a walk remembers, so as to count each once. */
  readonly leavesRemembered: number;
  /** A writer that keeps fetched blocks from collections gives way to a new one after so many bytes. */
  readonly leaseBytes: number;
  /** The same for what readers fetched, which nobody promised to keep. */
  readonly readLeaseBytes: number;
  /** Blocks read ahead for one reader, on their way or waiting to be taken. */
  readonly aheadBlocks: number;
  readonly aheadBytes: number;
  /** The same for all readers together. */
  readonly aheadBytesInAll: number;
  /** What a reader is told to want next that is remembered. */
  readonly expectedBlocks: number;
  /** Readers read ahead for at once. */
  readonly readers: number;
  /** The session that readers share is closed when nothing was fetched for so long, as is what was read ahead in vain. */
  readonly idleMs: number;
}

export const defaultFetchBounds: FetchBounds = {
  pinBlocks: 1024,
  pinBytes: 8 * mib,
  readBlocks: 32,
  lookBlocks: 256,
  leavesRemembered: 1_000_000,
  leaseBytes: 256 * mib,
  readLeaseBytes: 32 * mib,
  aheadBlocks: 256,
  aheadBytes: 16 * mib,
  aheadBytesInAll: 64 * mib,
  expectedBlocks: 4096,
  readers: 64,
  idleMs: 30_000,
};

/** What a block is taken to weigh before any has come. */
export const blockBytesGuess: number = 256 * kib;
