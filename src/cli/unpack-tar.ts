import { chmod, type FileHandle, lstat, mkdir, open, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";

import { UnpackError } from "./errors.ts";

const blockSize = 512;

/**
 * Unpacks an archive with one root, which becomes `target`. Nothing outside it is touched: names with `..`, absolute
 * names, names through symbolic links, and kinds other than file, folder and symbolic link are refused.
 * @throws {UnpackError}
 */
export async function unpackTar(
  chunks: AsyncIterable<Uint8Array>,
  target: string,
): Promise<{ readonly kind: "file" | "directory"; readonly name: string }> {
  const reader = new ByteReader(chunks);
  let root: { readonly kind: "file" | "directory"; readonly name: string } | undefined;
  const times: (readonly [path: string, mtime: number])[] = [];
  for await (const entry of entriesOf(reader)) {
    const [name = "", ...below] = segmentsOf(entry.name);
    root ??= { kind: entry.type === "5" ? "directory" : "file", name };
    if (name !== root.name)
      throw new UnpackError(`the archive has two roots: ${root.name}, ${name}`);
    const path = join(target, ...below);
    await requireRealFolders(target, below);
    await unpackOne(entry, path, reader);
    if (entry.type === "5") times.push([path, entry.mtime]);
  }
  if (root === undefined) throw new UnpackError("the archive is empty");
  for (const [path, mtime] of times.toReversed()) await utimes(path, mtime, mtime);
  return root;
}

interface TarEntry {
  readonly name: string;
  /** ustar's: 0 file, 2 symbolic link, 5 folder. */
  readonly type: string;
  readonly sizeBytes: number;
  readonly mode: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly link: string;
}

async function unpackOne(entry: TarEntry, path: string, reader: ByteReader): Promise<void> {
  if (entry.type === "5") {
    await mkdir(path, { mode: entry.mode | 0o700, recursive: true });
  } else if (entry.type === "2") {
    await symlink(entry.link, path);
  } else if (entry.type === "0" || entry.type === "\0") {
    await writeFile(entry, path, reader);
  } else {
    throw new UnpackError(`${entry.name} is of kind "${entry.type}": not a file, folder or link`);
  }
}

async function writeFile(entry: TarEntry, path: string, reader: ByteReader): Promise<void> {
  const file: FileHandle = await open(path, "wx", entry.mode);
  try {
    for await (const bytes of reader.take(entry.sizeBytes)) await file.write(bytes);
    if (entry.mtime > 0) await file.utimes(entry.mtime, entry.mtime);
  } finally {
    await file.close();
  }
  await reader.skip(padding(entry.sizeBytes));
  await chmod(path, entry.mode);
}

function segmentsOf(name: string): readonly string[] {
  const segments = name.replace(/\/+$/, "").split("/");
  const isWindows = process.platform === "win32";
  const isBad = segments.some(
    (part) =>
      part === "" ||
      part === "." ||
      part === ".." ||
      part.includes("\0") ||
      (isWindows && /[\\:]/.test(part)),
  );
  if (isBad)
    throw new UnpackError(`refused an entry that leads elsewhere: ${JSON.stringify(name)}`);
  return segments;
}

/** Every folder above an entry must be one, not a link to one. */
async function requireRealFolders(target: string, below: readonly string[]): Promise<void> {
  for (let depth = 0; depth < below.length; depth += 1) {
    const folder = join(target, ...below.slice(0, depth));
    if (!(await lstat(folder)).isDirectory()) {
      throw new UnpackError(`refused an entry below ${folder}, which is no folder`);
    }
  }
}

async function* entriesOf(reader: ByteReader): AsyncGenerator<TarEntry> {
  let extended = new Map<string, string>();
  for (;;) {
    const head = await reader.block();
    if (head === undefined) throw new UnpackError("the archive ends early");
    if (head.every((byte) => byte === 0)) break;
    const entry = decodeHead(head, extended);
    if (entry.type === "x" || entry.type === "g") {
      const records = decodeRecords(await reader.whole(entry.sizeBytes));
      await reader.skip(padding(entry.sizeBytes));
      if (entry.type === "x") extended = records;
      continue;
    }
    extended = new Map();
    yield entry;
  }
  await reader.drain();
}

function decodeHead(head: Uint8Array, extended: ReadonlyMap<string, string>): TarEntry {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const text = (from: number, to: number): string =>
    bytes.toString("utf8", from, to).replace(/\0.*$/s, "");
  const octal = (from: number, to: number): number =>
    Number.parseInt(text(from, to).trim() || "0", 8);
  const prefix = text(257, 262) === "ustar" ? text(345, 500) : "";
  const short = text(0, 100);
  const size = extended.get("size");
  return {
    name: extended.get("path") ?? (prefix === "" ? short : `${prefix}/${short}`),
    type: String.fromCharCode(bytes[156] ?? 0),
    sizeBytes: size === undefined ? sizeField(bytes, octal) : Number(size),
    mode: octal(100, 108) & 0o777,
    mtime: Number(extended.get("mtime") ?? octal(136, 148)),
    link: extended.get("linkpath") ?? text(157, 257),
  };
}

/** Octal, or GNU's base 256 for what does not fit. */
function sizeField(bytes: Buffer, octal: (from: number, to: number) => number): number {
  return (bytes[124] ?? 0) >= 0x80 ? Number(bytes.readBigUInt64BE(128)) : octal(124, 136);
}

/** PAX: `<length> <key>=<value>\n`, the length being that of the whole record. */
function decodeRecords(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  const all = Buffer.from(bytes);
  for (let at = 0; at < all.length;) {
    const length = Number.parseInt(all.toString("latin1", at, at + 20), 10);
    if (!(length > 0)) throw new UnpackError("the archive has a broken extended header");
    const record = all.toString("utf8", at, at + length - 1);
    const [space, equals] = [record.indexOf(" "), record.indexOf("=")];
    records.set(record.slice(space + 1, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

function padding(sizeBytes: number): number {
  return (blockSize - (sizeBytes % blockSize)) % blockSize;
}

/** Takes exact numbers of bytes from a stream. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Undefined at the end. */
  async block(): Promise<Uint8Array | undefined> {
    if (this.#rest.length === 0 && !(await this.#more())) return undefined;
    return this.whole(blockSize);
  }

  async whole(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.take(length)) parts.push(part);
    return Buffer.concat(parts);
  }

  async *take(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) {
        throw new UnpackError("the archive ends early");
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async skip(length: number): Promise<void> {
    await this.whole(length);
  }

  /** Reads to the end, where a late error is told. */
  async drain(): Promise<void> {
    while (await this.#more()) continue;
  }

  async #more(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done === true) return false;
    this.#rest = next.value;
    return next.value.length > 0 || this.#more();
  }
}
