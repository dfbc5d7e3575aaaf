import { loadBuzhashTable } from "./buzhash-table.ts";
import type { Cutter } from "./chunker.ts";

const windowBytes = 32;
const minBytes = 128 * 1024;
const maxBytes = 512 * 1024;
const mask = 2 ** 17 - 1;
const table = loadBuzhashTable();

/** Cuts where a rolling hash of the last 32 bytes has 17 zero bits, as boxo's Buzhash (spec section 6.4). */
export function createBuzhashCutter(): Cutter {
  const window = new Uint8Array(windowBytes);
  let state = 0;
  let count = 0;
  return {
    next(piece, from) {
      const seedFrom = minBytes - windowBytes;
      let at = from;
      if (count < seedFrom) {
        const skipped = Math.min(seedFrom - count, piece.length - from);
        at += skipped;
        count += skipped;
      }
      for (; count < minBytes && at < piece.length; at += 1, count += 1) {
        const byte = piece[at] ?? 0;
        window[count % windowBytes] = byte;
        state = rotate(state) ^ (table[byte] ?? 0);
      }
      // a chunk ends before the byte that is looked at: at the end of the content there is nothing left to cut
      let [s, c] = [state, count];
      for (; at < piece.length; at += 1, c += 1) {
        if ((s & mask) === 0 || c === maxBytes) {
          state = 0;
          count = 0;
          return at;
        }
        const byte = piece[at] ?? 0;
        const slot = c % windowBytes;
        s = rotate(s) ^ (table[window[slot] ?? 0] ?? 0) ^ (table[byte] ?? 0);
        window[slot] = byte;
      }
      [state, count] = [s, c];
      return -1;
    },
  };
}

function rotate(word: number): number {
  return (word << 1) | (word >>> 31);
}
