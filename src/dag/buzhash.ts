import { loadBuzhashTable } from "./buzhash-table.ts";
import type { Cutter } from "./chunker.ts";

const windowBytes = 32;
const minBytes = 128 * 1024;
const maxBytes = 512 * 1024;
const mask = 2 ** 17 - 1;
const table = loadBuzhashTable();

/** Cuts where a rolling hash of the last 32 bytes has 17 zero bits, as boxo's Buzhash (spec section 6.4). */
export function createBuzhashCutter(): Cutter {
  const words = table;
  const window = new Uint8Array(windowBytes);
  let state = 0;
  let count = 0;
  /** Passes over what no hash covers, then fills the window. */
  const begin = (piece: Uint8Array, from: number): number => {
    const skipped = Math.max(0, Math.min(minBytes - windowBytes - count, piece.length - from));
    let at = from + skipped;
    count += skipped;
    for (; count < minBytes && at < piece.length; at += 1, count += 1) {
      const byte = piece[at] ?? 0;
      window[count & (windowBytes - 1)] = byte;
      state = rotate(state) ^ (words[byte] ?? 0);
    }
    return at;
  };
  return {
    next(piece, from) {
      let at = count < minBytes ? begin(piece, from) : from;
      // a chunk ends before the byte that is looked at: at the end of the content there is nothing left to cut
      const end = Math.min(piece.length, at + maxBytes - count);
      const start = at;
      let hash = state;
      for (; at < end && (hash & mask) !== 0; at += 1) {
        const byte = piece[at] ?? 0;
        const slot = (count + at - start) & (windowBytes - 1);
        hash = rotate(hash) ^ (words[window[slot] ?? 0] ?? 0) ^ (words[byte] ?? 0);
        window[slot] = byte;
      }
      count += at - start;
      state = hash;
      if (at === piece.length) return -1;
      state = 0;
      count = 0;
      return at;
    },
  };
}

function rotate(word: number): number {
  return (word << 1) | (word >>> 31);
}
