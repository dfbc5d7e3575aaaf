import { linksOf } from "#dag";
import { type Clock, linkAborts, type LinkedAbort } from "#lib";
import { type CID, codec, multihash } from "#model";
import type { BlockStore } from "#storage";

import type { FetchBounds } from "./bounds.ts";
import { MeanSize } from "./mean-size.ts";

interface AheadDeps {
  readonly blocks: Pick<BlockStore, "has" | "read">;
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

/** A block that is expected. One on its way keeps its place: what it links to is wanted there. */
interface Expected {
  readonly cid: CID;
  isOnItsWay: boolean;
}

/** One that reads, known by its signal. */
interface Reader {
  readonly stop: LinkedAbort;
  /** What it will want, the next one last; what was said last is wanted first, also when it was said before. */
  expected: Expected[];
  /** What was taken from there lately, so that what is said twice is looked at once. */
  readonly seen: Set<string>;
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
    reader.usedAt = this.#deps.clock.now();
    for (const one of expectedInOrder(cids)) reader.expected.push(one);
    this.#trim(reader);
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
      seen: new Set(),
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

  /** Never rejects. */
  async #pump(reader: Reader): Promise<void> {
    if (reader.isPumping) return;
    reader.isPumping = true;
    for (;;) {
      const next = this.#hasRoom(reader) ? this.#next(reader) : undefined;
      if (next === undefined) break;
      await this.#look(reader, next);
    }
    reader.isPumping = false;
  }

  /** What is here leads on too: what is below it may not be here. */
  async #look(reader: Reader, next: Expected): Promise<void> {
    const { blocks } = this.#deps;
    const { cid } = next;
    const { signal } = reader.stop;
    try {
      if (cid.code !== codec.raw) {
        const bytes = await blocks.read(cid, { signal });
        if (bytes !== undefined) return this.#follow(reader, next, bytes);
      } else if (await blocks.has(cid)) return undefined;
    } catch {
      return undefined; // who asks for it finds out why
    }
    if (!signal.aborted && !this.#ahead.has(keyOf(cid))) this.#fetch(reader, next);
  }

  #next(reader: Reader): Expected | undefined {
    const { expected, seen } = reader;
    if (seen.size > 2 * this.#deps.bounds.expectedBlocks) seen.clear();
    for (let index = expected.length - 1; index >= 0; index -= 1) {
      const one = expected[index];
      if (one === undefined || one.isOnItsWay) continue;
      const key = keyOf(one.cid);
      const isNew = !seen.has(key);
      one.isOnItsWay = isNew && one.cid.code !== codec.raw;
      if (!one.isOnItsWay) expected.splice(index, 1);
      if (!isNew) continue;
      seen.add(key);
      return one;
    }
    return undefined;
  }

  #hasRoom(reader: Reader): boolean {
    const { aheadBlocks, aheadBytes, aheadBytesInAll } = this.#deps.bounds;
    // every reader gets on, however much the others hold
    const isFirst = reader.blocks === 0;
    const hasOwn = reader.blocks < aheadBlocks && reader.bytes + this.#meanSize.bytes <= aheadBytes;
    return isFirst || (hasOwn && this.#bytesInAll + this.#meanSize.bytes <= aheadBytesInAll);
  }

  #fetch(reader: Reader, expected: Expected): void {
    const { cid } = expected;
    const key = keyOf(cid);
    const sizeBytes = this.#meanSize.bytes;
    const bytes = this.#deps.fetch(cid, reader.stop.signal).then(
      (block) => {
        this.#arrived(ahead, key, block);
        this.#follow(reader, expected, block);
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

  #arrived(ahead: Ahead, key: string, block: Uint8Array): void {
    this.#meanSize.add(block.length);
    if (this.#ahead.get(key) !== ahead) return;
    this.#weigh(ahead.reader, { blocks: 0, bytes: block.length - ahead.sizeBytes });
    ahead.sizeBytes = block.length;
  }

  /** The links take the place of their block. */
  #follow(reader: Reader, expected: Expected, block: Uint8Array): void {
    const index = reader.expected.lastIndexOf(expected);
    if (index < 0) return;
    const links = linksIfReadable(expected.cid, block);
    reader.expected.splice(index, 1, ...expectedInOrder(links));
    this.#trim(reader);
    void this.#pump(reader);
  }

  #trim(reader: Reader): void {
    const { expectedBlocks } = this.#deps.bounds;
    if (reader.expected.length <= expectedBlocks) return;
    reader.expected = reader.expected.slice(-expectedBlocks);
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

/** The first one last. */
function expectedInOrder(cids: readonly CID[]): Expected[] {
  const fetchable = cids.filter((cid) => cid.multihash.code !== multihash.identity);
  return fetchable.toReversed().map((cid) => ({ cid, isOnItsWay: false }));
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
