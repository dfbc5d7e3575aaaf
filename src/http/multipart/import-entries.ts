import { type ImportEntry, type UnixFsMetadata, unixModeOf } from "#dag";

import { MultipartError } from "./errors.ts";
import type { Part } from "./read-parts.ts";

/** What a client said of a top-level entry, told back on every event of it. Mode: Go's os.FileMode bits. */
export interface SentMetadata {
  readonly mode: number;
  readonly mtime: { readonly seconds: number; readonly nanoseconds: number } | undefined;
}

/** An entry to import, and what to tell back for the top-level entry that it belongs to. */
export interface UploadEntry {
  readonly entry: ImportEntry;
  /** The first segment of the entry's path. */
  readonly top: string;
  readonly sent: SentMetadata | undefined;
}

/**
 * Reads parts as files, directories and symbolic links (boxo's files package; Kubo's `add` and everything like it).
 * Names are query-decoded and cleaned; mode (octal) and mtime come from the query part of the field's name. The
 * headers Abspath and Abspath-Encoded are not looked at: nothing here may read the client's files.
 */
export function toImportEntries(parts: AsyncIterable<Part>): AsyncIterable<UploadEntry> {
  return { [Symbol.asyncIterator]: () => new UploadEntries(parts[Symbol.asyncIterator]()) };
}

/** An iterator by hand: a generator costs several microseconds a part, which counts with many small files. */
class UploadEntries implements AsyncIterator<UploadEntry, undefined> {
  readonly #parts: AsyncIterator<Part>;
  #current: { readonly name: string; readonly isDirectory: boolean } | undefined;
  #sent: SentMetadata | undefined;

  constructor(parts: AsyncIterator<Part>) {
    this.#parts = parts;
  }

  next(): Promise<IteratorResult<UploadEntry, undefined>> {
    return this.#parts.next().then((part) => {
      if (part.done === true) return { done: true, value: undefined };
      return this.#entryOf(part.value);
    });
  }

  async return(): Promise<IteratorResult<UploadEntry, undefined>> {
    await this.#parts.return?.();
    return { done: true, value: undefined };
  }

  #entryOf(part: Part): Result | Promise<Result> {
    const path = pathOf(part.filename ?? "");
    const own = sentMetadata(part);
    const slash = path.indexOf("/");
    const top = slash < 0 ? path : path.slice(0, slash);
    if (slash < 0) {
      this.#current = { name: top, isDirectory: isDirectory(part) };
      this.#sent = own;
    } else if (this.#current?.name !== top || !this.#current.isDirectory) {
      this.#current = { name: top, isDirectory: true };
      this.#sent = undefined;
    }
    const sent = this.#sent;
    if (part.contentType === "application/symlink")
      return symlinkOf(part, { path, top, own, sent });
    const base = { ...unixFsOf(own), path };
    const entry: ImportEntry = isDirectory(part)
      ? { ...base, type: "directory" }
      : { ...base, type: "file", content: part.body };
    return { done: false, value: { entry, top, sent } };
  }
}

type Result = IteratorResult<UploadEntry, undefined>;

async function symlinkOf(
  part: Part,
  of: Pick<UploadEntry, "top" | "sent"> & {
    readonly path: string;
    readonly own: SentMetadata | undefined;
  },
): Promise<Result> {
  const { path, top, own, sent } = of;
  const target = await textOf(part);
  const entry: ImportEntry = { ...unixFsOf(own), path, type: "symlink", target };
  return { done: false, value: { entry, top, sent } };
}

function isDirectory(part: Part): boolean {
  return (
    part.contentType === "application/x-directory" || part.contentType === "multipart/form-data"
  );
}

const targetBytesMax = 64 * 1024;

async function textOf(part: Part): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of part.body) {
    size += piece.length;
    if (size > targetBytesMax) {
      throw new MultipartError(`a symbolic link's target is longer than ${targetBytesMax} bytes`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function unixFsOf(sent: SentMetadata | undefined): UnixFsMetadata {
  if (sent === undefined) return {};
  return { mode: unixModeOf(sent.mode), mtime: sent.mtime };
}

/** Go's mode bit for symbolic links with all permissions: what Kubo tells of every link, whatever the client sent. */
const symlinkMode = 0o1000000777;

function sentMetadata(part: Part): SentMetadata | undefined {
  const isSymlink = part.contentType === "application/symlink";
  const mark = part.name.indexOf("?");
  if (mark < 0) return isSymlink ? { mode: symlinkMode, mtime: undefined } : undefined;
  const query = new URLSearchParams(part.name.slice(mark + 1));
  const modeText = query.get("mode") ?? "";
  const mode = /^[0-7]{1,12}$/.test(modeText) ? Number.parseInt(modeText, 8) : 0;
  return { mode: isSymlink ? symlinkMode : mode, mtime: mtimeOf(query) };
}

/** As boxo has it: with any query at all, an mtime that is not sent is the epoch; one that is no number is none. */
function mtimeOf(query: URLSearchParams): SentMetadata["mtime"] {
  const seconds = query.get("mtime") ?? "0";
  if (!/^[+-]?\d{1,15}$/.test(seconds)) return undefined;
  const nanoseconds = query.get("mtime-nsecs") ?? "0";
  return {
    seconds: Number(seconds),
    nanoseconds: /^\d{1,9}$/.test(nanoseconds) ? Number(nanoseconds) : 0,
  };
}

/** A sent file name as a clean path: no leading slash, no `.`, `..` or empty segment. */
function pathOf(filename: string): string {
  const decoded = queryUnescape(filename);
  if (!/(?:^|\/)\.{0,2}(?:\/|$)/.test(decoded)) return decoded;
  const segments: string[] = [];
  for (const segment of decoded.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments.join("/");
}

/** Go's url.QueryUnescape; a text with a wrong escape stays as it is. */
function queryUnescape(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  if (/%(?![0-9a-fA-F]{2})/.test(spaced)) return text;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // bytes that are no UTF-8: as near as text can come
    const bytes = spaced.replaceAll(/%([0-9a-fA-F]{2})|([^\0-\u007f]+)/g, (_all, hex, other) =>
      hex === undefined
        ? Buffer.from(String(other), "utf8").toString("latin1")
        : String.fromCharCode(Number.parseInt(String(hex), 16)),
    );
    return Buffer.from(bytes, "latin1").toString("utf8");
  }
}
