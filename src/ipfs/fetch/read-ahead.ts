import { linksOf } from "#dag";
import { type Clock, linkAborts, type LinkedAbort } from "#lib";
import { type CID, codec, multihash } from "#model";
import type { BlockStore } from "#storage";

import type { FetchBounds } from "./bounds.ts";
import { MeanSize } from "./mean-size.ts";

interface AheadDeps {
  readonly blocks: Pick<BlockStore, "has">;
  readonly fetch: (cid: CID, signal: AbortSignal) => Promise<Uint8Array>;
  readonly clock: Clock;
  readonly bounds: FetchBounds;
}

/** A block on its way, or here and not asked for yet. Undefined when it could not be fetched: who asks finds out why. */
interface Ahead {
  readonly reader: Reader;
  readonly bytes: Promise<Uint8Array | undefined>;
  /** Guessed until it is here. */
  sizeBytes: number;
}

/** One that reads, known by its signal. */
interface Reader {
  readonly stop: LinkedAbort;
  /** What it will want, the next one last. */
  expected: CID[];
  /** What was expected lately, so that what is said twice is looked at once. */
  readonly noted: Set<string>;
  blocks: number;
  bytes: number;
  usedAt: number;
  isPumping: boolean;
}

/** Answers of local blocks in a row after which expectations are not worth a look. */
const calmAfter = 16;

/**
 * Fetches what readers say that they will ask for, and what lies below it, within windows of blocks and bytes for each
 * of them and for all. It sleeps while everything asked for is here anyway.
 */
export class ReadAhead {
  readonly #deps: AheadDeps;
  readonly #readers = new Map<AbortSignal, Reader>();
  readonly #ahead = new Map<string, Ahead>();
  readonly #meanSize = new MeanSize();
  #bytesInAll = 0;
  #calm = calmAfter;

  constructor(deps: AheadDeps) {
    this.#deps = deps;
  }

  /** To be told of every answer: whether the block had to be fetched. */
  noteAnswer(wasFetched: boolean): void {
    this.#calm = wasFetched ? 0 : this.#calm + 1;
  }

  expect(cids: readonly CID[], signal: AbortSignal): void {
    if (this.#calm >= calmAfter || signal.aborted) return;
    const reader = this.#readers.get(signal) ?? this.#enter(signal);
    if (reader === undefined) return;
    this.#note(reader, cids);
    void this.#pump(reader);
  }

  /** Hands out a block that was fetched ahead, or is being; undefined when it is not among them. */
  take(cid: CID): Promise<Uint8Array | undefined> | undefined {
    if (this.#ahead.size === 0) return undefined;
    const key = keyOf(cid);
    const ahead = this.#ahead.get(key);
    if (ahead === undefined) return undefined;
    this.#release(key, ahead);
    void this.#pump(ahead.reader);
    return ahead.bytes;
  }

  /** Forgets readers that have not been heard of for a while; their blocks are in the store. */
  sweep(): void {
    const { clock, bounds } = this.#deps;
    for (const [signal, { usedAt }] of this.#readers) {
      if (clock.now() - usedAt >= bounds.idleMs) this.#leave(signal);
    }
  }

  clear(): void {
    for (const signal of this.#readers.keys()) this.#leave(signal);
  }

  #enter(signal: AbortSignal): Reader | undefined {
    if (this.#readers.size >= this.#deps.bounds.readers) return undefined;
    const reader: Reader = {
      stop: linkAborts(signal),
      expected: [],
      noted: new Set(),
      blocks: 0,
      bytes: 0,
      usedAt: this.#deps.clock.now(),
      isPumping: false,
    };
    reader.stop.signal.addEventListener("abort", () => this.#leave(signal), { once: true });
    this.#readers.set(signal, reader);
    return reader;
  }

  #leave(signal: AbortSignal): void {
    const reader = this.#readers.get(signal);
    if (reader === undefined) return;
    this.#readers.delete(signal);
    reader.expected = [];
    for (const [key, ahead] of this.#ahead) if (ahead.reader === reader) this.#release(key, ahead);
    reader.stop.abort(new Error("nobody reads on"));
    reader.stop[Symbol.dispose]();
  }

  #note(reader: Reader, cids: readonly CID[]): void {
    const { expectedBlocks } = this.#deps.bounds;
    reader.usedAt = this.#deps.clock.now();
    if (reader.noted.size > 2 * expectedBlocks) reader.noted.clear();
    for (const cid of cids.toReversed()) {
      const key = keyOf(cid);
      if (cid.multihash.code === multihash.identity || reader.noted.has(key)) continue;
      reader.noted.add(key);
      reader.expected.push(cid);
    }
    if (reader.expected.length > expectedBlocks) {
      reader.expected = reader.expected.slice(-expectedBlocks);
    }
  }

  /** Never rejects. */
  async #pump(reader: Reader): Promise<void> {
    if (reader.isPumping) return;
    reader.isPumping = true;
    for (;;) {
      const cid = this.#hasRoom(reader) ? reader.expected.pop() : undefined;
      if (cid === undefined) break;
      const isHere = await this.#deps.blocks.has(cid).catch(() => true);
      if (!isHere && !reader.stop.signal.aborted && !this.#ahead.has(keyOf(cid))) {
        this.#fetch(reader, cid);
      }
    }
    reader.isPumping = false;
  }

  #hasRoom(reader: Reader): boolean {
    const { aheadBlocks, aheadBytes, aheadBytesInAll } = this.#deps.bounds;
    // every reader gets on, however much the others hold
    const isFirst = reader.blocks === 0;
    const hasOwn = reader.blocks < aheadBlocks && reader.bytes + this.#meanSize.bytes <= aheadBytes;
    return isFirst || (hasOwn && this.#bytesInAll + this.#meanSize.bytes <= aheadBytesInAll);
  }

  #fetch(reader: Reader, cid: CID): void {
    const key = keyOf(cid);
    const sizeBytes = this.#meanSize.bytes;
    const bytes = this.#deps.fetch(cid, reader.stop.signal).then(
      (block) => {
        this.#arrived(ahead, cid, block);
        return block;
      },
      () => {
        if (this.#ahead.get(key) === ahead) this.#release(key, ahead);
        return undefined;
      },
    );
    const ahead: Ahead = { reader, bytes, sizeBytes };
    this.#ahead.set(key, ahead);
    this.#weigh(reader, { blocks: 1, bytes: sizeBytes });
  }

  #arrived(ahead: Ahead, cid: CID, block: Uint8Array): void {
    const { reader } = ahead;
    this.#meanSize.add(block.length);
    if (this.#ahead.get(keyOf(cid)) === ahead) {
      this.#weigh(reader, { blocks: 0, bytes: block.length - ahead.sizeBytes });
      ahead.sizeBytes = block.length;
    }
    if (cid.code === codec.raw || reader.stop.signal.aborted) return;
    this.#note(reader, linksIfReadable(cid, block));
    void this.#pump(reader);
  }

  #release(key: string, { reader, sizeBytes }: Ahead): void {
    this.#ahead.delete(key);
    this.#weigh(reader, { blocks: -1, bytes: -sizeBytes });
    reader.usedAt = this.#deps.clock.now();
  }

  #weigh(reader: Reader, change: { readonly blocks: number; readonly bytes: number }): void {
    reader.blocks += change.blocks;
    reader.bytes += change.bytes;
    this.#bytesInAll += change.bytes;
  }
}

/** Whoever asks for the block is told what is wrong with it. */
function linksIfReadable(cid: CID, bytes: Uint8Array): readonly CID[] {
  try {
    return linksOf(cid, bytes);
  } catch {
    return [];
  }
}

function keyOf(cid: CID): string {
  return Buffer.from(cid.multihash.bytes).toString("latin1");
}
