import { asError, type Logger } from "#lib";
import type { SignalOptions } from "#model";

import { blockKeyOf } from "../block-key.ts";
import type { CompactionResult } from "../ports.ts";
import { Serial } from "../serial.ts";
import type { Appender } from "./appender.ts";
import type { BlockIndex } from "./block-index.ts";
import { isSamePlace } from "./place.ts";
import { carHeader } from "./section.ts";
import type { SegmentFiles } from "./segment-files.ts";
import { SegmentReader } from "./segment-reader.ts";

export interface CompactionDeps {
  readonly appender: Appender;
  readonly files: SegmentFiles;
  readonly index: BlockIndex;
  readonly logger: Logger;
  /** Makes everything durable and indexed. */
  drain(): Promise<void>;
  indexRoom(): Promise<void> | undefined;
}

/**
 * Gives space back: segments with a small live share are rewritten. Live blocks are appended like new ones, made
 * durable, and indexed if the index still names the old place; only then the old file goes. A crash in between leaves
 * copies, of which the last one counts. Rests while a collection runs, since what it moved would be kept, and while the
 * log is verified.
 */
export class Compaction {
  /** Shown in the list of background work. */
  readonly name = "compaction";
  readonly #deps: CompactionDeps;
  readonly #options: { readonly liveShareMin: number; readonly sealFromBytes: number };
  readonly #line = new Serial();
  /** Segments that hold live blocks which cannot be read in order. */
  readonly #unreadable = new Set<number>();
  readonly #closing = new AbortController();
  #isWakeWaiting = false;
  #pauses = 0;
  #lastError: Error | undefined;

  constructor(
    deps: CompactionDeps,
    options: { readonly liveShareMin: number; readonly sealFromBytes: number },
  ) {
    this.#deps = deps;
    this.#options = options;
  }

  get #isPaused(): boolean {
    return this.#pauses > 0;
  }

  get lastError(): Error | undefined {
    return this.#lastError;
  }

  /** Something was removed: looks, in the background, whether there is work. */
  wake(): void {
    if (this.#isWakeWaiting || this.#closing.signal.aborted) return;
    this.#isWakeWaiting = true;
    void this.#line.run(async () => {
      this.#isWakeWaiting = false;
      try {
        await this.#rewriteAll(this.#options.sealFromBytes, this.#closing.signal);
        this.#lastError = undefined;
      } catch (error) {
        this.#lastError = asError(error);
        if (!this.#closing.signal.aborted) {
          this.#deps.logger.warn("cannot compact the block log", { error });
        }
      }
    });
  }

  /** The same at once, also for a small last segment. */
  run(options: SignalOptions = {}): Promise<CompactionResult> {
    const signals = [this.#closing.signal, options.signal].filter((signal) => signal !== undefined);
    return this.#line.run(() => this.#rewriteAll(0, AbortSignal.any(signals)));
  }

  /** Waits until a rewrite that goes on has stopped; nothing is moved until `resume` was called as often. */
  async pause(): Promise<void> {
    this.#pauses += 1;
    await this.#line.idle();
  }

  resume(): void {
    this.#pauses -= 1;
    if (!this.#isPaused) this.wake();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#line.idle();
  }

  async #rewriteAll(sealFromBytes: number, signal: AbortSignal): Promise<CompactionResult> {
    const before = this.#deps.files.totalBytes();
    let segmentsRewritten = 0;
    if (!this.#isPaused && (sealFromBytes === 0 || this.#mayHaveWork(sealFromBytes))) {
      await this.#deps.drain();
      if (this.#isActiveWorthSealing(sealFromBytes)) this.#deps.appender.seal();
    }
    while (!this.#isPaused) {
      signal.throwIfAborted();
      const segment = this.#emptiest();
      if (segment === undefined) break;
      if (await this.#rewrite(segment, signal)) segmentsRewritten += 1;
    }
    const bytesFreed = Math.max(0, before - this.#deps.files.totalBytes());
    return { segmentsRewritten, bytesFreed };
  }

  /** True as well while a full segment is not indexed. */
  #mayHaveWork(sealFromBytes: number): boolean {
    return this.#emptiest() !== undefined || this.#isActiveWorthSealing(sealFromBytes);
  }

  /** The last segment takes part when there is something to win. */
  #isActiveWorthSealing(sealFromBytes: number): boolean {
    const { appender, files } = this.#deps;
    const active = appender.activeSegment;
    if (active === undefined || files.sizeBytes(active) < sealFromBytes) return false;
    return this.#liveShare(active) < this.#options.liveShareMin;
  }

  #emptiest(): number | undefined {
    const { appender, files } = this.#deps;
    let best: { readonly segment: number; readonly share: number } | undefined;
    for (const segment of files.numbers()) {
      if (segment === appender.activeSegment || this.#unreadable.has(segment)) continue;
      const share = this.#liveShare(segment);
      if (share < (best?.share ?? this.#options.liveShareMin)) best = { segment, share };
    }
    return best?.segment;
  }

  #liveShare(segment: number): number {
    const sizeBytes = this.#deps.files.sizeBytes(segment) - carHeader.length;
    return sizeBytes <= 0 ? 1 : this.#deps.index.statOf(segment).liveSectionBytes / sizeBytes;
  }

  /** False when it was not finished. */
  async #rewrite(segment: number, signal: AbortSignal): Promise<boolean> {
    const { files, index, logger } = this.#deps;
    await this.#deps.drain();
    if (this.#liveShare(segment) >= this.#options.liveShareMin) return false; // was not indexed
    if (index.statOf(segment).liveBlocks > 0) {
      await this.#moveLive(segment, signal);
      await this.#deps.drain();
    }
    if (index.statOf(segment).liveBlocks > 0) {
      if (this.#isPaused) return false;
      logger.error("a segment of the block log is damaged and cannot be compacted", { segment });
      this.#unreadable.add(segment);
      return false;
    }
    await files.remove(segment);
    await index.dropSegment(segment);
    return true;
  }

  async #moveLive(segment: number, signal: AbortSignal): Promise<void> {
    const { appender, files, index } = this.#deps;
    await files.use(segment, async (file) => {
      const range = { segment, from: carHeader.length, to: files.sizeBytes(segment) };
      const reader = new SegmentReader(file, range);
      for (;;) {
        const section = await reader.next();
        if (section === undefined || this.#isPaused) return;
        signal.throwIfAborted();
        const key = blockKeyOf(section.multihash);
        const { cid, bytes, place } = section;
        if (!isSamePlace(index.findKey(key), place)) continue;
        appender.append({ key, cid, bytes, origin: { from: place } });
        await (appender.room() ?? this.#deps.indexRoom());
      }
    });
  }
}
