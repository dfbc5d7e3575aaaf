import { readFile } from "node:fs/promises";

import { type ImportEntry, type ImportWishes, type UnixFsMetadata, unixModeOf } from "#dag";

/** A recorded answer of Kubo's `add`; the head of test/fixtures/kubo-add.json says what a request was. */
export interface KuboVector {
  readonly id: string;
  readonly entries: readonly RecordedEntry[];
  readonly query: string;
  readonly status: number;
  readonly answer: readonly RecordedLine[] | string;
  /** The error after the lines of the answer. */
  readonly trailer?: string;
  /** Of the answer there are only the first and the last three lines. */
  readonly truncated?: boolean;
}

interface RecordedEntry {
  readonly path: string;
  readonly type?: "dir" | "symlink";
  readonly target?: string;
  /** Without one: an empty file. */
  readonly content?: { readonly seed: string; readonly size: number };
  /** A Go FileMode in octal. */
  readonly goMode?: string;
  readonly mtime?: readonly [seconds: number, nanoseconds: number];
  /** The form field's name as it was sent. */
  readonly field?: string;
}

interface RecordedLine {
  readonly Name: string;
  readonly Hash?: string;
  readonly Size?: string;
  readonly Bytes?: number;
}

/** Reads recorded answers. */
export async function loadVectors(name: string): Promise<readonly KuboVector[]> {
  const text = await readFile(new URL(`../fixtures/${name}`, import.meta.url), "utf8");
  const { vectors } = JSON.parse(text);
  for (const vector of vectors) {
    const { many, nameLength } = vector.entries;
    if (many !== undefined) vector.entries = paddedEntries(many, nameLength);
    else if (!Array.isArray(vector.entries)) vector.entries = manyEntries(vector.id);
  }
  return vectors;
}

/** `many-<count>-<name length>-…`: as its note says. */
function manyEntries(id: string): readonly RecordedEntry[] {
  const [, count, length] = id.split("-").map(Number);
  return Array.from({ length: count ?? 0 }, (_, index) => {
    const number = String(index).padStart(6, "0");
    const path = `big/${number.padEnd(length ?? 0, "x").slice(0, length)}`;
    return { path, content: { seed: path, size: 10 } };
  });
}

/** As the head of kubo-add-odd.json says. */
function paddedEntries(count: number, nameLength: number): readonly RecordedEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const path = `d/${String(index).padEnd(nameLength, "é")}`;
    return { path, content: { seed: "s", size: 1 } };
  });
}

/** The first `size` bytes of sha256("<seed>:0") || sha256("<seed>:1") || … */
export function seededBytes(seed: string, size: number): Uint8Array {
  const known = longest.get(seed);
  if (known !== undefined && known.length >= size) return known.subarray(0, size);
  const bytes = new Uint8Array(Math.ceil(size / 32) * 32);
  for (let at = 0; at < size; at += 32) {
    Bun.SHA256.hash(`${seed}:${at / 32}`, bytes.subarray(at, at + 32));
  }
  longest.set(seed, bytes);
  return bytes.subarray(0, size);
}

/** The longest content made of a seed: some are tens of megabytes and wanted several times. */
const longest = new Map<string, Uint8Array>();

/** The entries of a request, files in pieces of `pieceBytes`. */
export async function* importEntriesOf(
  entries: readonly RecordedEntry[],
  pieceBytes = 65_536,
): AsyncGenerator<ImportEntry> {
  for (const entry of entries) {
    const { path, type, target = "", content } = entry;
    const common = { path, ...metadataOf(entry) };
    if (type === "dir") yield { ...common, type: "directory" };
    else if (type === "symlink") yield { ...common, type: "symlink", target };
    else {
      const bytes = seededBytes(content?.seed ?? "", content?.size ?? 0);
      yield { ...common, type: "file", content: inPieces(bytes, pieceBytes) };
    }
  }
}

/** For Kubo the time is that of the epoch when a form field has a mode and no time. */
function metadataOf({ goMode, mtime }: RecordedEntry): UnixFsMetadata {
  if (goMode === undefined && mtime === undefined) return {};
  const [seconds, nanoseconds] = mtime ?? [0, 0];
  const mode = unixModeOf(Number.parseInt(goMode ?? "0", 8));
  return { mode, mtime: { seconds, nanoseconds } };
}

/** Bytes in pieces of one size. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The options of a query string that are an import's; undefined when one does not parse (the RPC answers 400). */
export function wishesOf(query: string): ImportWishes | undefined {
  const wishes: Record<string, string | number | boolean> = { pin: false };
  for (const [key, value] of new URLSearchParams(query)) {
    const name = names[key] ?? key.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    const parsed = parse(key, value);
    if (parsed === undefined || (key === "progress" && "progress" in wishes)) return undefined;
    wishes[name] = parsed;
  }
  return wishes;
}

const names: Readonly<Record<string, string>> = {
  "empty-dirs": "emptyDirectories",
  "max-hamt-fanout": "maxHamtFanout",
};
const texts = new Set(["chunker", "hash", "to-files", "pin-name", "cid-base"]);
const numbers = new Set([
  "cid-version",
  "inline-limit",
  "max-file-links",
  "max-directory-links",
  "max-hamt-fanout",
  "mode",
  "mtime",
  "mtime-nsecs",
]);

function parse(key: string, value: string): string | number | boolean | undefined {
  if (texts.has(key)) return value;
  if (!numbers.has(key)) return value === "true" ? true : value === "false" ? false : undefined;
  if (!/^-?\d+$/.test(value)) return undefined;
  return /^0\d/.test(value) ? Number.parseInt(value, 8) : Number(value);
}
