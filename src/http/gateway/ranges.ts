import { InvalidRangeError, RangeNotSatisfiableError } from "./errors.ts";

/** `length` bytes from `offset` on; never empty. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** More ranges in one request are answered with everything, as is more than the whole. */
const rangesMax = 16;

/**
 * Reads a Range header for content of a size (RFC 9110 14.2). Undefined: answer with everything, because the unit is
 * unknown, the content empty, or the ranges too many or larger than the whole.
 * @throws {InvalidRangeError} malformed byte ranges, as boxo
 * @throws {RangeNotSatisfiableError} none lies inside
 */
export function parseRanges(header: string, sizeBytes: number): readonly ByteRange[] | undefined {
  if (!header.startsWith("bytes=")) return undefined;
  const specs = header.slice("bytes=".length).split(",", rangesMax + 1);
  const ranges: ByteRange[] = [];
  let total = 0;
  for (const spec of specs) {
    const range = parseRange(spec.trim(), sizeBytes);
    if (range === undefined) continue;
    total += range.length;
    ranges.push(range);
  }
  if (sizeBytes === 0 || specs.length > rangesMax || total > sizeBytes) return undefined;
  if (ranges.length === 0) throw new RangeNotSatisfiableError(sizeBytes);
  return ranges;
}

/** Undefined for a range outside. */
function parseRange(spec: string, sizeBytes: number): ByteRange | undefined {
  const dash = spec.indexOf("-");
  const first = parseNumber(spec.slice(0, dash));
  const last = parseNumber(spec.slice(dash + 1));
  if (dash === -1 || (first === undefined && last === undefined)) throw new InvalidRangeError();
  if (first === undefined) {
    const length = Math.min(last ?? 0, sizeBytes);
    return length === 0 ? undefined : { offset: sizeBytes - length, length };
  }
  if (last !== undefined && last < first) throw new InvalidRangeError();
  if (first >= sizeBytes) return undefined;
  const end = last === undefined ? sizeBytes : Math.min(last + 1, sizeBytes);
  return { offset: first, length: end - first };
}

/** Undefined for nothing at all. */
function parseNumber(text: string): number | undefined {
  if (text === "") return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text)) throw new InvalidRangeError();
  return Math.min(value, Number.MAX_SAFE_INTEGER - 1);
}

/** The value of Content-Range for one range. */
export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.offset}-${range.offset + range.length - 1}/${sizeBytes}`;
}
