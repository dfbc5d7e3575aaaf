import { join } from "node:path";

import { type CID, multihash, type SignalOptions } from "#model";

import { BaseBlocks } from "../base-blocks.ts";
import { type BlockKey, blockKeyOf, multihashOf } from "../block-key.ts";
import { SweepingCollection, type SweptBlocks } from "../collection.ts";
import type { LevelDb } from "../database.ts";
import { CollectionRunningError, StorageClosedError } from "../errors.ts";
import { Leases } from "../leases.ts";
import type { StoreOptions } from "../options.ts";
import type {
  BlockStore,
  BlockStoreStat,
  Collection,
  CompactionResult,
  VerifiedBlock,
} from "../ports.ts";
import { rawCidOf } from "../raw-cid.ts";
import { Appender } from "./appender.ts";
import { BlockIndex } from "./block-index.ts";
import { BufferPool } from "./buffer-pool.ts";
import { Compaction } from "./compaction.ts";
import { HotBlocks } from "./hot-blocks.ts";
import { IndexTable } from "./index-table.ts";
import { LogReader } from "./log-reader.ts";
import { LogWriter } from "./log-writer.ts";
import { Marks } from "./marks.ts";
import { PendingBlocks } from "./pending-blocks.ts";
import { type RecoveredLog, recoverLog } from "./recover-log.ts";
import { startPositionOf } from "./section.ts";
import { SegmentFiles } from "./segment-files.ts";
import { verifyLog } from "./verify-log.ts";

/** Blocks that may wait to be indexed, as a multiple of how many make a batch due. */
const waitingBatchesMax = 16;

/** Opens the block log in `<folder>/blocks` over the index in LevelDB. */
export async function openLogBlocks(
  folder: string,
  level: LevelDb,
  options: StoreOptions,
): Promise<BlockStore> {
  const { disk, logger, verifyBlock } = options;
  const blocksFolder = join(folder, "blocks");
  disk.makeFolder(blocksFolder);
  const files = new SegmentFiles(disk, blocksFolder, options.openSegmentsMax);
  const table = new IndexTable(level);
  const marks = new Marks(disk, blocksFolder);
  try {
    const log = await recoverLog({ disk, files, marks, table, logger, verifyBlock });
    return new LogBlocks({ files, table, marks, log }, options);
  } catch (error) {
    files.close();
    throw error;
  }
}

class LogBlocks extends BaseBlocks implements BlockStore {
  readonly #options: StoreOptions;
  readonly #files: SegmentFiles;
  readonly #marks: Marks;
  readonly #pending = new PendingBlocks();
  readonly #index: BlockIndex;
  readonly #appender: Appender;
  readonly #reader: LogReader;
  readonly #buffers: BufferPool;
  readonly #leases: Leases;
  readonly #compaction: Compaction;
  readonly #writers = new Set<LogWriter>();
  #isCollecting = false;
  #isClosed = false;

  constructor(
    parts: {
      readonly files: SegmentFiles;
      readonly table: IndexTable;
      readonly marks: Marks;
      readonly log: RecoveredLog;
    },
    options: StoreOptions,
  ) {
    super();
    const { files, table, marks, log } = parts;
    const { logger, disk } = options;
    const pending = this.#pending;
    this.#options = options;
    this.#buffers = new BufferPool(options.writeWindowBytes);
    this.#files = files;
    this.#marks = marks;
    this.#leases = new Leases(options.leasedBlocksMax);
    const hot = new HotBlocks(options.hotBlocksBytes);
    const index = new BlockIndex({ table, marks, pending, hot, logger }, log, {
      blocks: options.indexEveryBlocks,
      bytes: 2 * options.syncEveryBytes,
    });
    const onDurable = (position: number): void => index.noteDurable(position);
    const onCut = (position: number, error: Error): void => this.#cut(position, error);
    this.#index = index;
    this.#appender = new Appender(
      { disk, logger, files, pending, buffers: this.#buffers, onDurable, onCut },
      { ...options, syncEveryBlocks: 4 * options.indexEveryBlocks },
      log.position,
    );
    this.#reader = new LogReader({ files, index, pending, hot, clock: options.clock });
    const indexRoom = (): Promise<void> | undefined => this.#indexRoom();
    const drain = (): Promise<void> => this.#drain();
    this.#compaction = new Compaction(
      { appender: this.#appender, files, index, logger, drain, indexRoom },
      { liveShareMin: options.liveShareMin, sealFromBytes: options.segmentSizeBytes / 128 },
    );
    this.#compaction.wake();
  }

  has(cid: CID): Promise<boolean> {
    const isIdentity = cid.multihash.code === multihash.identity;
    return Promise.resolve(isIdentity || this.#reader.find(cid) !== undefined);
  }

  peek(cid: CID): Uint8Array | undefined {
    return this.#isClosed ? undefined : this.#reader.peek(cid);
  }

  async read(cid: CID, options?: SignalOptions): Promise<Uint8Array | undefined> {
    options?.signal?.throwIfAborted();
    return this.#reader.read(cid);
  }

  readBatch(
    cids: readonly CID[],
    options?: SignalOptions,
  ): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#reader.readBatch(cids, options);
  }

  sizeOf(cid: CID): Promise<number | undefined> {
    const isIdentity = cid.multihash.code === multihash.identity;
    return Promise.resolve(isIdentity ? cid.multihash.size : this.#reader.find(cid)?.length);
  }

  openWriter(): LogWriter {
    if (this.#isClosed) throw new StorageClosedError("store");
    const writer = new LogWriter({
      appender: this.#appender,
      index: this.#index,
      pending: this.#pending,
      leases: this.#leases,
      buffers: this.#buffers,
      indexRoom: () => this.#indexRoom(),
      onDispose: (disposed) => this.#writers.delete(disposed),
    });
    this.#writers.add(writer);
    return writer;
  }

  flush(): Promise<void> {
    return this.#appender.flush(this.#appender.position);
  }

  async beginCollection(): Promise<Collection> {
    if (this.#isCollecting) throw new CollectionRunningError();
    this.#isCollecting = true;
    const end = (): void => {
      this.#isCollecting = false;
      this.#leases.endCollection();
      this.#compaction.resume();
    };
    try {
      await this.#compaction.pause();
      await this.#drain();
      const lease = this.#leases.beginCollection(this.#appender.position);
      return new SweepingCollection(sweptBlocks(this.#index), lease, end);
    } catch (error) {
      end();
      throw error;
    }
  }

  async *list(options: SignalOptions = {}): AsyncGenerator<CID> {
    const waiting = new Set(this.#pending.values().map(({ key }) => key));
    for (const key of waiting) yield rawCidOf(multihashOf(key));
    for await (const page of this.#index.pages()) {
      options.signal?.throwIfAborted();
      for (const [key] of page) if (!waiting.has(key)) yield rawCidOf(multihashOf(key));
    }
  }

  stat(): Promise<BlockStoreStat> {
    let blocks = 0;
    let liveBytes = 0;
    for (const stat of this.#index.stats.values()) {
      blocks += stat.liveBlocks;
      liveBytes += stat.liveBytes;
    }
    for (const block of this.#pending.values()) {
      if (block.origin === "again" && this.#index.findKey(block.key) !== undefined) continue;
      blocks += 1;
      liveBytes += block.length;
    }
    const diskBytes = this.#files.totalBytes();
    return Promise.resolve({
      blocks,
      liveBytes,
      diskBytes,
      segments: this.#files.numbers().length,
    });
  }

  async *verify(options: SignalOptions = {}): AsyncGenerator<VerifiedBlock> {
    const { verifyBlock } = this.#options;
    const deps = { files: this.#files, index: this.#index, marks: this.#marks, verifyBlock };
    // what is moved meanwhile would be missed, or told twice
    await this.#compaction.pause();
    try {
      await this.#drain();
      yield* verifyLog(deps, options);
    } finally {
      this.#compaction.resume();
    }
  }

  compact(options?: SignalOptions): Promise<CompactionResult> {
    return this.#compaction.run(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#compaction.close();
    try {
      await this.#appender.close();
      await this.#index.commit();
    } catch (error) {
      this.#options.logger.warn("closed the block log without writing all of it", { error });
    }
    await this.#index.idle();
    this.#files.close();
  }

  protected async remove(cids: readonly CID[]): Promise<void> {
    let keys: readonly BlockKey[] = cids.map((cid) => blockKeyOf(cid.multihash.bytes));
    while (keys.length > 0) {
      if (keys.some((key) => this.#pending.isWaiting(key))) await this.#drain();
      const { waiting } = await this.#index.remove(keys, () => true);
      keys = waiting;
    }
    if (!this.#isClosed) this.#compaction.wake();
  }

  /** Everything put so far is durable and indexed afterwards, or lost because it could not be written. */
  async #drain(): Promise<void> {
    try {
      await this.#appender.flush(this.#appender.position);
    } catch (error) {
      this.#options.logger.debug("blocks were lost before they were durable", { error });
    }
    await this.#index.commit();
  }

  #indexRoom(): Promise<void> | undefined {
    const isFull = this.#pending.size > waitingBatchesMax * this.#options.indexEveryBlocks;
    return isFull ? this.#drain() : undefined;
  }

  #cut(position: number, error: Error): void {
    this.#leases.cut(position);
    for (const writer of this.#writers) writer.cut(position, error);
  }
}

function sweptBlocks(index: BlockIndex): SweptBlocks {
  return {
    pages: async function* pages() {
      for await (const page of index.pages()) {
        yield page.map(([key, place]) => [key, startPositionOf(place)] as const);
      }
    },
    remove: async (keys, mayRemove) => (await index.remove(keys, mayRemove)).removed,
  };
}
