import type { Logger } from "#lib";

import type { BlockKey } from "../block-key.ts";
import { type Disk, writeFully } from "../disk.ts";
import { FreeSpace } from "../free-space.ts";
import type { BufferPool } from "./buffer-pool.ts";
import { Chunk, chunkSizeBytes } from "./chunk.ts";
import type { Origin, PendingBlock, PendingBlocks } from "./pending-blocks.ts";
import { positionOf, splitPosition } from "./place.ts";
import { carHeader, sectionSize } from "./section.ts";
import type { HeldFile, SegmentFiles } from "./segment-files.ts";
import { SyncLine } from "./sync-line.ts";
import { WriteLine } from "./write-line.ts";

/** Buffers kept for the next chunks. */
const spareBuffersMax = 8;

export interface AppenderOptions {
  readonly segmentSizeBytes: number;
  readonly writeWindowBytes: number;
  readonly syncEveryBytes: number;
  readonly syncEveryBlocks: number;
  readonly storageMaxBytes: number;
  readonly reserveBytes: number;
}

export interface AppenderDeps {
  readonly disk: Disk;
  readonly logger: Logger;
  readonly files: SegmentFiles;
  readonly pending: PendingBlocks;
  readonly buffers: BufferPool;
  /** Everything before the position survives a power cut. */
  onDurable(position: number): void;
  /** Everything at or after the position is lost. Nobody was told that it is durable. */
  onCut(position: number, error: Error): void;
}

/** The end of the log: takes sections at once, writes and syncs them behind the caller's back. */
export class Appender {
  readonly #deps: AppenderDeps;
  readonly #options: AppenderOptions;
  readonly #space: FreeSpace;
  readonly #writes: WriteLine;
  readonly #syncs: SyncLine;
  /** Segments with something unsynced, and the active one. */
  readonly #files = new Map<number, HeldFile>();
  readonly #spareBuffers: Uint8Array[] = [];
  #segment: number;
  #sizeBytes: number;
  #isSealed: boolean;
  #hasNewNames = false;
  #chunk: Chunk | undefined;
  #unwrittenBytes = 0;
  #room: PromiseWithResolvers<void> | undefined;
  #failure: Error | undefined;
  #isRecovering = false;
  #isSyncLost = false;

  /** `position`: the end of the log, all of it durable. */
  constructor(deps: AppenderDeps, options: AppenderOptions, position: number) {
    this.#deps = deps;
    this.#options = options;
    this.#space = new FreeSpace(deps, options, () => this.#unwrittenBytes);
    const { segment, offset } = splitPosition(position);
    this.#segment = segment;
    this.#sizeBytes = offset;
    this.#isSealed = !deps.files.has(segment);
    this.#writes = new WriteLine({
      write: (chunk) => this.#write(chunk),
      onWritten: (chunk) => this.#written(chunk),
      onError: (error, chunk) => this.#fail(error, chunk.sizeBytes),
    });
    this.#syncs = new SyncLine(
      {
        sync: (segments) => this.#sync(segments),
        onDurable: (durable) => this.#durable(durable),
        onError: (error) => {
          this.#isSyncLost = true;
          this.#fail(error, 0);
        },
      },
      { bytes: options.syncEveryBytes, blocks: options.syncEveryBlocks },
      position,
    );
  }

  /** Where the next section will be, at the earliest. */
  get position(): number {
    return positionOf(this.#segment, this.#sizeBytes);
  }

  /** The segment that grows; undefined when the next section begins a new one. */
  get activeSegment(): number | undefined {
    return this.#isSealed ? undefined : this.#segment;
  }

  /**
   * Takes a section; readers see it at once.
   * @throws {StorageFullError} {StorageWriteError}
   */
  append(section: {
    readonly key: BlockKey;
    readonly cid: Uint8Array;
    readonly bytes: Uint8Array;
    readonly origin: Origin;
  }): PendingBlock {
    if (this.#failure !== undefined) this.#refuse(this.#failure);
    const { key, cid, bytes, origin } = section;
    const sizeBytes = sectionSize(cid.length, bytes.length);
    if (typeof origin === "object") this.#space.takeForCompaction(sizeBytes);
    else this.#space.take(sizeBytes);
    const chunk = this.#chunkFor(cid.length, bytes.length);
    const before = chunk.sizeBytes;
    const offset = chunk.addSection(cid, bytes);
    this.#grow(chunk.sizeBytes - before);
    const { segment } = chunk;
    const block = {
      segment,
      offset,
      length: bytes.length,
      cidLength: cid.length,
      key,
      origin,
      chunk,
    };
    this.#deps.pending.add(block);
    if (chunk.isFull) this.#submit();
    return block;
  }

  /** A promise when too much is unwritten or unsynced: it resolves when there is room again. */
  room(): Promise<void> | undefined {
    if (this.#hasRoom()) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Resolves when the log is durable up to the position. @throws {StorageFullError} {StorageWriteError} */
  async flush(target: number): Promise<void> {
    if (target <= this.#syncs.durablePosition) return;
    if (this.#failure === undefined) this.#submit();
    else if (!this.#isRecovering) throw this.#failure;
    await this.#syncs.wait(target);
  }

  /** Writes and syncs what is there, and ends. */
  async close(): Promise<void> {
    try {
      await this.flush(this.position);
    } finally {
      await this.#writes.stop();
      await this.#syncs.stop();
      for (const segment of this.#files.keys()) this.#closeForWriting(segment);
    }
  }

  /** The next section begins a new segment. False when something of the active one is not durable yet. */
  seal(): boolean {
    if (this.#isSealed) return true;
    if (this.position > this.#syncs.durablePosition || this.#failure !== undefined) return false;
    this.#isSealed = true;
    if (this.#files.has(this.#segment)) this.#closeForWriting(this.#segment);
    return true;
  }

  #hasRoom(): boolean {
    const { writeWindowBytes, syncEveryBytes } = this.#options;
    return (
      this.#failure !== undefined || // the next put tells
      (this.#unwrittenBytes <= writeWindowBytes && this.#syncs.unsyncedBytes <= 3 * syncEveryBytes)
    );
  }

  #chunkFor(cidLength: number, length: number): Chunk {
    const isTooLong =
      this.#sizeBytes + sectionSize(cidLength, length) > this.#options.segmentSizeBytes;
    if (this.#isSealed || (isTooLong && this.#sizeBytes > carHeader.length)) this.#beginSegment();
    if (this.#chunk?.hasRoomFor(cidLength, length) === false) this.#submit();
    if (this.#chunk === undefined) {
      if (!this.#files.has(this.#segment)) this.#openActive();
      const buffer = this.#spareBuffers.pop() ?? Buffer.allocUnsafeSlow(chunkSizeBytes);
      this.#chunk = new Chunk(this.#segment, this.#sizeBytes, buffer);
      if (this.#sizeBytes === 0) {
        this.#chunk.addHeader(carHeader);
        this.#grow(carHeader.length);
      }
    }
    return this.#chunk;
  }

  #beginSegment(): void {
    this.#submit();
    const before = { segment: this.#segment, sizeBytes: this.#sizeBytes };
    this.#segment += 1;
    this.#sizeBytes = 0;
    try {
      this.#openActive();
    } catch (error) {
      this.#segment = before.segment;
      this.#sizeBytes = before.sizeBytes;
      throw error;
    }
    this.#isSealed = false;
  }

  #openActive(): void {
    try {
      this.#files.set(this.#segment, this.#deps.files.acquireForWriting(this.#segment));
    } catch (error) {
      throw this.#space.explain(error, "open a segment", chunkSizeBytes);
    }
    if (this.#sizeBytes === 0) this.#hasNewNames = true;
  }

  #grow(bytes: number): void {
    this.#sizeBytes += bytes;
    this.#unwrittenBytes += bytes;
    this.#deps.files.setSize(this.#segment, this.#sizeBytes);
  }

  #submit(): void {
    const chunk = this.#chunk;
    this.#chunk = undefined;
    if (chunk !== undefined) this.#writes.submit(chunk);
  }

  async #write(chunk: Chunk): Promise<void> {
    const held = this.#files.get(chunk.segment);
    if (held === undefined) throw new Error(`segment ${chunk.segment} is not open for writing`);
    await writeFully(held.file, chunk.parts(), chunk.start);
  }

  #written(chunk: Chunk): void {
    const { buffer, parts } = chunk.release();
    for (const part of parts) this.#deps.buffers.give(part);
    if (buffer !== undefined && this.#spareBuffers.length < spareBuffersMax) {
      this.#spareBuffers.push(buffer);
    }
    this.#unwrittenBytes -= chunk.sizeBytes;
    this.#syncs.written(chunk);
    this.#tellRoom();
  }

  async #sync(segments: readonly number[]): Promise<void> {
    const hasNewNames = this.#hasNewNames;
    this.#hasNewNames = false;
    try {
      for (const segment of segments) await this.#files.get(segment)?.file.sync();
      if (hasNewNames) await this.#deps.files.syncFolder();
    } catch (error) {
      this.#hasNewNames ||= hasNewNames;
      throw error;
    }
  }

  #durable(position: number): void {
    const { segment } = splitPosition(position);
    for (const number of this.#files.keys()) {
      if (number < segment) this.#closeForWriting(number);
    }
    this.#deps.onDurable(position);
    this.#tellRoom();
  }

  #tellRoom(): void {
    if (this.#room === undefined || !this.#hasRoom()) return;
    this.#room.resolve();
    this.#room = undefined;
  }

  #closeForWriting(segment: number): void {
    this.#files.get(segment)?.release();
    this.#files.delete(segment);
  }

  /** Also tries once more to cut the log, when that failed before. */
  #refuse(failure: Error): never {
    if (!this.#isRecovering) void this.#recover(failure);
    throw failure;
  }

  #fail(error: unknown, neededBytes: number): void {
    if (this.#failure !== undefined) return;
    this.#failure = this.#space.explain(error, "write blocks", neededBytes);
    void this.#recover(this.#failure);
  }

  /**
   * Cuts the log where it is certain: behind the last section written in order, or, when a sync failed (the kernel may
   * have dropped the pages), behind the last one synced. Writers with sections beyond are told; then all goes on.
   */
  async #recover(failure: Error): Promise<void> {
    this.#isRecovering = true;
    await this.#writes.stop();
    await this.#syncs.stop();
    const cut = this.#isSyncLost ? this.#syncs.durablePosition : this.#syncs.writtenPosition;
    this.#chunk = undefined;
    this.#unwrittenBytes = 0;
    this.#deps.pending.cut(cut);
    this.#deps.onCut(cut, failure);
    try {
      await this.#cutFiles(cut);
      this.#isSyncLost = false;
      this.#failure = undefined;
      this.#writes.resume();
      this.#syncs.resume(cut);
    } catch (error) {
      // the next append is refused, too, and tries again
      this.#deps.logger.error("cannot cut the block log after a failed write", { error });
    }
    this.#isRecovering = false;
    this.#syncs.lose(cut, failure); // now, so that whoever is told can begin anew at once
    this.#tellRoom();
  }

  async #cutFiles(position: number): Promise<void> {
    const { segment, offset } = splitPosition(position);
    for (const number of [...this.#files.keys()].filter((other) => other > segment)) {
      this.#closeForWriting(number);
      await this.#deps.files.remove(number);
    }
    this.#segment = segment;
    this.#sizeBytes = offset;
    this.#isSealed = !this.#deps.files.has(segment);
    if (this.#isSealed) return; // nothing was ever written, or compaction took the file away
    if (!this.#files.has(segment)) this.#openActive();
    await this.#files.get(segment)?.file.truncate(offset);
    this.#deps.files.setSize(segment, offset);
  }
}
