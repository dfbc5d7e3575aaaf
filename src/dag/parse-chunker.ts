import type { ChunkerSpec } from "./chunker.ts";
import { ImportOptionError } from "./errors.ts";

/** Largest chunk: 2 MiB less what the node around it may take (boxo chunker/parse.go). */
const chunkBytesMax = 2 * 1024 * 1024 - 256;
const defaultChunkBytes = 262_144;

/**
 * Reads `default`, `size-N`, `rabin`, `rabin-avg`, `rabin-min-avg-max` and `buzhash`, as boxo's chunker.FromString.
 * @throws {ImportOptionError} with boxo's message.
 */
export function parseChunker(text: string): ChunkerSpec {
  if (text === "" || text === "default") return { type: "size", sizeBytes: defaultChunkBytes };
  const parts = text.split("-");
  if (parts[0] === "size") return parseSize(parts);
  if (parts[0] === "rabin") return parseRabin(parts);
  if (parts[0] === "buzhash") return { type: "buzhash" };
  return fail(`unrecognized chunker option: ${text}`);
}

function parseSize(parts: readonly string[]): ChunkerSpec {
  const [, digits] = parts;
  if (parts.length !== 2 || digits === undefined) {
    return fail("incorrect chunker string format (expected size-{size})");
  }
  const sizeBytes = parseInteger(digits);
  if (sizeBytes <= 0) return fail("chunker size must be greater than 0");
  if (sizeBytes > chunkBytesMax) return failTooLarge();
  return { type: "size", sizeBytes };
}

function parseRabin(parts: readonly string[]): ChunkerSpec {
  const [, first = "", second = "", third = ""] = parts;
  if (parts.length === 1) return rabinAround(defaultChunkBytes);
  if (parts.length === 2) {
    const avg = parseInteger(first);
    // boxo multiplies in single precision
    if (Math.trunc(Math.fround(Math.fround(avg) * 1.5)) > chunkBytesMax) return failTooLarge();
    return rabinAround(avg);
  }
  if (parts.length !== 4) {
    return fail("incorrect format (expected 'rabin' 'rabin-[avg]' or 'rabin-[min]-[avg]-[max]'");
  }
  const min = parseLabelled(first, "min", "first label must be min");
  if (min < 16) return fail("rabin min must be greater than 16");
  const avg = parseLabelled(second, "avg", "second label must be avg");
  const max = parseLabelled(third, "max", "final label must be max");
  if (min >= avg) return fail("incorrect format: rabin-min must be smaller than rabin-avg");
  if (avg >= max) return fail("incorrect format: rabin-avg must be smaller than rabin-max");
  if (max > chunkBytesMax) return failTooLarge();
  return { type: "rabin", min, avg, max };
}

function rabinAround(avg: number): ChunkerSpec {
  return { type: "rabin", min: Math.trunc(avg / 3), avg, max: avg + Math.trunc(avg / 2) };
}

function parseLabelled(text: string, label: string, message: string): number {
  const parts = text.split(":");
  if (parts.length > 1 && parts[0] !== label) return fail(message);
  return parseInteger(parts.at(-1) ?? "");
}

/** Go's strconv.Atoi, with its two errors. */
function parseInteger(text: string): number {
  const quoted = JSON.stringify(text);
  if (!/^[+-]?\d+$/.test(text)) return fail(`strconv.Atoi: parsing ${quoted}: invalid syntax`);
  const value = BigInt(text.replace(/^\+/, ""));
  if (BigInt.asIntN(64, value) !== value) {
    return fail(`strconv.Atoi: parsing ${quoted}: value out of range`);
  }
  return Number(value);
}

function failTooLarge(): never {
  return fail(`chunker parameters may not exceed the maximum chunk size of ${chunkBytesMax}`);
}

function fail(message: string): never {
  throw new ImportOptionError("chunker", message);
}
