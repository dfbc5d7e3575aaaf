import type { Clock } from "#lib";
import { type CID, multihash, type SignalOptions } from "#model";

import { blockKeyOf } from "../block-key.ts";
import { readFully, readFullySync } from "../disk.ts";
import { StorageDamagedError } from "../errors.ts";
import type { BlockIndex } from "./block-index.ts";
import type { HotBlocks } from "./hot-blocks.ts";
import type { PendingBlock, PendingBlocks } from "./pending-blocks.ts";
import { type Place, positionAt } from "./place.ts";
import type { SegmentFiles } from "./segment-files.ts";
import { segmentName } from "./segment-names.ts";

/** Reads up to this long are done on the spot: from the page cache that is faster than any hand-over. */
const syncReadMaxBytes = 64 * 1024;
/** A read on the spot that took so long came from the disk: the next ones are handed over. */
const slowReadMs = 2;
const slowReadsRemembered = 64;
/** After so many on the spot the rest of the program gets its turn: a long walk must not keep it out. */
const readsInARowMax = 128;
/** Blocks this near to each other are read in one piece: there is at most a section's head between them. */
const gapMaxBytes = 256;
/** Eight leaves of 256 KiB, with what is between them. */
const pieceMaxBytes = 2 * 1024 * 1024 + 4096;
const piecesAtOnce = 3;
/** A block may be moved by compaction while it is read; more often than that it does not happen. */
const attemptsMax = 4;

export class LogReader {
  readonly #deps: {
    readonly files: SegmentFiles;
    readonly index: BlockIndex;
    readonly pending: PendingBlocks;
    readonly hot: HotBlocks;
    readonly clock: Clock;
  };
  #slowReadsLeft = 0;
  #readsInARow = 0;

  constructor(deps: {
    readonly files: SegmentFiles;
    readonly index: BlockIndex;
    readonly pending: PendingBlocks;
    readonly hot: HotBlocks;
    readonly clock: Clock;
  }) {
    this.#deps = deps;
  }

  /** Where the block is: in the log, or, with a chunk that is not written, in memory. */
  find(cid: CID): Place | PendingBlock | undefined {
    const { bytes } = cid.multihash;
    const key = blockKeyOf(bytes);
    return this.#deps.pending.get(key) ?? this.#deps.index.find(bytes, key);
  }

  /** A block that was read lately. Now and then undefined all the same, so that its reader gives way. */
  peek(cid: CID): Uint8Array | undefined {
    const bytes = this.#deps.hot.get(blockKeyOf(cid.multihash.bytes));
    return bytes !== undefined && this.#mayStay() ? bytes : undefined;
  }

  /** @throws {StorageDamagedError} */
  async read(cid: CID): Promise<Uint8Array | undefined> {
    if (cid.multihash.code === multihash.identity) return cid.multihash.digest;
    const key = blockKeyOf(cid.multihash.bytes);
    if (!this.#mayStay()) await othersTurn();
    const hot = this.#deps.hot.get(key);
    if (hot !== undefined) return hot;
    let cause: unknown;
    for (let attempt = 1; ; attempt += 1) {
      const place = this.find(cid);
      if (place === undefined) return undefined;
      try {
        const bytes = unwritten(place) ?? this.#readSync(place);
        // nothing can have removed the block since it was found
        if (bytes !== undefined) this.#deps.hot.set(key, bytes);
        const read = bytes ?? (await this.#readElsewhere(place));
        if (read !== undefined) return read;
      } catch (error) {
        cause = error;
      }
      if (attempt === attemptsMax) {
        throw new StorageDamagedError(segmentName(place.segment), cid.toString(), cause);
      }
    }
  }

  async readBatch(
    cids: readonly CID[],
    options: SignalOptions = {},
  ): Promise<readonly (Uint8Array | undefined)[]> {
    const found: (Uint8Array | undefined)[] = cids.map(() => undefined);
    const wanted: Wanted[] = [];
    for (const [index, cid] of cids.entries()) {
      if (cid.multihash.code === multihash.identity) found[index] = cid.multihash.digest;
      else {
        const place = this.find(cid);
        if (place === undefined) continue;
        found[index] = unwritten(place);
        if (found[index] === undefined) wanted.push({ index, cid, place });
      }
    }
    const pieces = piecesOf(wanted);
    const readNext = async (): Promise<void> => {
      for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
        options.signal?.throwIfAborted();
        await this.#readPiece(piece, found);
      }
    };
    await Promise.all(Array.from({ length: piecesAtOnce }, readNext));
    return found;
  }

  async #readPiece(piece: readonly Wanted[], found: (Uint8Array | undefined)[]): Promise<void> {
    const [first] = piece;
    const last = piece.at(-1);
    if (first === undefined || last === undefined) return;
    const { segment, offset } = first.place;
    const length = last.place.offset + last.place.length - offset;
    const bytes = await this.#readPlace({ segment, offset, length }).catch(() => undefined); // see below
    for (const { index, cid, place } of piece) {
      const from = place.offset - offset;
      // what is not where it was is looked up again, and that read tells what is wrong
      found[index] = bytes?.subarray(from, from + place.length) ?? (await this.read(cid));
    }
  }

  async #readPlace(
    place: Pick<Place, "segment" | "offset" | "length">,
  ): Promise<Uint8Array | undefined> {
    if (!this.#mayStay()) await othersTurn();
    return this.#readSync(place) ?? (await this.#readElsewhere(place));
  }

  /** Undefined when the segment is gone or too short. */
  async #readElsewhere(
    place: Pick<Place, "segment" | "offset" | "length">,
  ): Promise<Uint8Array | undefined> {
    const { files } = this.#deps;
    const into = new Uint8Array(Buffer.allocUnsafeSlow(place.length).buffer);
    const read = await files.use(place.segment, (file) => readFully(file, into, place.offset));
    return read === place.length ? into : undefined;
  }

  /** What is short, read on the spot; undefined when it is not short, or not there, or the disk was slow lately. */
  #readSync(place: Pick<Place, "segment" | "offset" | "length">): Uint8Array | undefined {
    if (place.length > syncReadMaxBytes || this.#isSlow()) return undefined;
    const file = this.#deps.files.peek(place.segment);
    if (file === undefined) return undefined;
    const into = new Uint8Array(place.length);
    const startedMs = this.#deps.clock.now();
    const read = readFullySync(file, into, place.offset);
    if (this.#deps.clock.now() - startedMs >= slowReadMs) this.#slowReadsLeft = slowReadsRemembered;
    return read === place.length ? into : undefined;
  }

  #isSlow(): boolean {
    if (this.#slowReadsLeft === 0) return false;
    this.#slowReadsLeft -= 1;
    return true;
  }

  /** Now and then false: then the rest of the program gets its turn. */
  #mayStay(): boolean {
    this.#readsInARow = (this.#readsInARow + 1) % readsInARowMax;
    return this.#readsInARow > 0;
  }
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

interface Wanted {
  readonly index: number;
  readonly cid: CID;
  readonly place: Place;
}

function unwritten(place: Place | PendingBlock): Uint8Array | undefined {
  return "chunk" in place ? place.chunk.read(place.offset, place.length) : undefined;
}

/** Runs of neighbours, each to be read by one call. */
function piecesOf(wanted: readonly Wanted[]): Wanted[][] {
  const pieces: Wanted[][] = [];
  let piece: Wanted[] = [];
  let start = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const one of wanted.toSorted((a, b) => positionAt(a.place) - positionAt(b.place))) {
    const position = positionAt(one.place);
    const isNear =
      position - end <= gapMaxBytes && position + one.place.length - start <= pieceMaxBytes;
    if (!isNear) {
      piece = [];
      pieces.push(piece);
      start = position;
    }
    piece.push(one);
    end = Math.max(end, position + one.place.length);
  }
  return pieces;
}
