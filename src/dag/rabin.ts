import type { Cutter } from "./chunker.ts";

// Rabin fingerprints as github.com/whyrusleeping/chunker makes them with IpfsRabinPoly (spec section 6.4). A digest has
// 53 bits, more than a bitwise operation takes here, so it is kept as two halves of 21 and 32 bits.

const polynomial = 17_437_180_132_763_653n;
const degree = 53;
const windowBytes = 16;

interface RabinTables {
  /** What a byte adds to the digest when it leaves the window. */
  readonly outHigh: Int32Array;
  readonly outLow: Int32Array;
  /** Reduces a digest that was shifted by a byte, by its eight top bits. */
  readonly modHigh: Int32Array;
  readonly modLow: Int32Array;
}

/** Prepares cutters. With a minimum below the window's 16 bytes boxo's chunker never cuts, and nor does this. */
export function createRabinCutters(options: {
  readonly min: number;
  readonly avg: number;
  readonly max: number;
}): () => Cutter {
  const tables = createTables();
  if (options.min < windowBytes) return () => ({ next: () => -1 });
  return () => createRabinCutter(tables, options);
}

function createRabinCutter(
  { outHigh, outLow, modHigh, modLow }: RabinTables,
  { min, avg, max }: { readonly min: number; readonly avg: number; readonly max: number },
): Cutter {
  const mask = 2 ** (31 - Math.clz32(avg)) - 1;
  const skipBytes = min - windowBytes;
  const window = new Uint8Array(windowBytes);
  let position = 0;
  let high = 0;
  let low = 0;
  let count = 0;
  const reset = (): void => {
    window.fill(0);
    window[0] = 1;
    position = 1;
    high = 0;
    low = 1;
    count = 0;
  };
  reset();
  return {
    next(piece, from) {
      let at = from;
      if (count < skipBytes) {
        const skipped = Math.min(skipBytes - count, piece.length - from);
        at += skipped;
        count += skipped;
      }
      // locals, since the loop runs for every byte of the content
      let [h, l, p, c] = [high, low, position, count];
      for (; at < piece.length; at += 1) {
        const byte = piece[at] ?? 0;
        const out = window[p] ?? 0;
        window[p] = byte;
        p = (p + 1) & 15;
        h ^= outHigh[out] ?? 0;
        l ^= outLow[out] ?? 0;
        const top = h >>> 13;
        h = ((h << 8) | (l >>> 24)) ^ (modHigh[top] ?? 0);
        l = ((l << 8) | byte) ^ (modLow[top] ?? 0);
        c += 1;
        if (c >= min && ((l & mask) === 0 || c >= max)) {
          reset();
          return at + 1;
        }
      }
      [high, low, position, count] = [h, l, p, c];
      return -1;
    },
  };
}

function createTables(): RabinTables {
  const tables = {
    outHigh: new Int32Array(256),
    outLow: new Int32Array(256),
    modHigh: new Int32Array(256),
    modLow: new Int32Array(256),
  };
  for (let byte = 0; byte < 256; byte += 1) {
    const shifted = BigInt(byte) << BigInt(degree);
    const mod = reduce(shifted) | shifted;
    tables.modHigh[byte] = Number(BigInt.asIntN(32, mod >> 32n));
    tables.modLow[byte] = Number(BigInt.asIntN(32, mod));
    // the byte followed by zeros to the window's length
    const out = reduce(BigInt(byte) << BigInt(8 * (windowBytes - 1)));
    tables.outHigh[byte] = Number(BigInt.asIntN(32, out >> 32n));
    tables.outLow[byte] = Number(BigInt.asIntN(32, out));
  }
  return tables;
}

/** The remainder of polynomials over GF(2). */
function reduce(value: bigint): bigint {
  let rest = value;
  for (let length = rest.toString(2).length; length > degree; length = rest.toString(2).length) {
    rest ^= polynomial << BigInt(length - 1 - degree);
  }
  return rest;
}
