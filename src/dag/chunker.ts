import { createBuzhashCutter } from "./buzhash.ts";
import { BlockTooLargeError } from "./errors.ts";
import { createRabinCutters } from "./rabin.ts";

/** How a file is cut; `parseChunker` reads it. */
export type ChunkerSpec =
  | { readonly type: "size"; readonly sizeBytes: number }
  | { readonly type: "rabin"; readonly min: number; readonly avg: number; readonly max: number }
  | { readonly type: "buzhash" };

/** Finds the ends of chunks in a stream of pieces; one for every file. */
export interface Cutter {
  /**
   * Looks at `piece` from `from` on. Answers where the current chunk ends (exclusive; `from` itself when it ended with
   * what came before), or -1 when it goes on after the piece.
   */
  next(piece: Uint8Array, from: number): number;
}

/** A chunk as the pieces it came in: they are copied only once, to their place in the leaf. */
export interface Chunk {
  readonly pieces: readonly Uint8Array[];
  readonly sizeBytes: number;
  /** Whether the file has no other. */
  readonly isSole: boolean;
}

/** boxo's limit for a block of a file. */
const chunkBytesMax = 2 * 1024 * 1024;
/** So many chunks are handed over at once at most, which bounds the memory with tiny chunks. */
const batchMax = 64;

/** Prepares a chunker: what it answers makes a cutter for each file. */
export function createCutters(spec: ChunkerSpec): () => Cutter {
  if (spec.type === "size") return () => createSizeCutter(spec.sizeBytes);
  return spec.type === "rabin" ? createRabinCutters(spec) : createBuzhashCutter;
}

/**
 * The first stage of an import: content in pieces of any size becomes chunks, handed on in batches. Pieces are kept
 * until their chunk is complete, so whoever yields them must not write to them again. No content is one empty chunk.
 */
export async function* cutChunks(
  content: AsyncIterable<Uint8Array>,
  cutter: Cutter,
): AsyncGenerator<readonly Chunk[]> {
  const gatherer = new ChunkGatherer();
  for await (const piece of content) {
    let from = 0;
    for (let end = cutter.next(piece, 0); end >= 0; end = cutter.next(piece, from)) {
      gatherer.add(piece, from, end);
      gatherer.close();
      from = end;
      if (gatherer.readyCount >= batchMax) yield gatherer.takeReady();
    }
    gatherer.add(piece, from, piece.length);
    if (gatherer.readyCount > 0) yield gatherer.takeReady();
  }
  yield [gatherer.takeLast()];
}

/** Collects the pieces of chunks. The last complete chunk is held back until it is known whether it is the only one. */
class ChunkGatherer {
  #pieces: Uint8Array[] = [];
  #sizeBytes = 0;
  #held: Chunk | undefined;
  #ready: Chunk[] = [];
  #isFirst = true;

  get readyCount(): number {
    return this.#ready.length;
  }

  add(piece: Uint8Array, from: number, end: number): void {
    if (from === end) return;
    this.#sizeBytes += end - from;
    if (this.#sizeBytes > chunkBytesMax) {
      throw new BlockTooLargeError(this.#sizeBytes, "object size limit exceeded");
    }
    this.#pieces.push(end - from === piece.length ? piece : piece.subarray(from, end));
    if (this.#held === undefined) return;
    this.#ready.push(this.#held);
    this.#held = undefined;
    this.#isFirst = false;
  }

  close(): void {
    this.#held = { pieces: this.#pieces, sizeBytes: this.#sizeBytes, isSole: false };
    this.#pieces = [];
    this.#sizeBytes = 0;
  }

  takeReady(): readonly Chunk[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  takeLast(): Chunk {
    if (this.#held === undefined) this.close();
    const last = this.#held ?? { pieces: [], sizeBytes: 0 };
    return { pieces: last.pieces, sizeBytes: last.sizeBytes, isSole: this.#isFirst };
  }
}

function createSizeCutter(chunkBytes: number): Cutter {
  let missing = chunkBytes;
  return {
    next(piece, from) {
      const end = from + missing;
      if (end > piece.length) {
        missing -= piece.length - from;
        return -1;
      }
      missing = chunkBytes;
      return end;
    },
  };
}
