import { lstatSync, readFileSync, type Stats } from "node:fs";
import { lstat, opendir, readdir, readlink } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

import type { UploadEntry } from "#api";
import { systemProblem } from "#lib";

import { AddFileError } from "./errors.ts";

export interface WalkOptions {
  readonly isRecursive: boolean;
  readonly hasHidden: boolean;
}

/** Smaller files are read in one piece. */
const wholeBytesMax = 256 * 1024;

/**
 * Everything under a path, depth first, the names of each directory in the order of their bytes. Only the names of
 * the directories on the way down are in memory. Symbolic links stay links; hidden files are left out, but not the
 * path itself.
 * @throws {AddFileError} for what is missing, of an odd kind, or changes while it is read
 */
export async function* walkFiles(path: string, options: WalkOptions): AsyncGenerator<UploadEntry> {
  yield* walk({ path, name: basename(resolve(path)) || "root" }, options, true);
}

interface Place {
  readonly path: string;
  /** In the import. */
  readonly name: string;
}

async function* walk(
  place: Place,
  options: WalkOptions,
  isTop: boolean,
): AsyncGenerator<UploadEntry> {
  const stats = statOf(place.path);
  if (stats.isSymbolicLink()) {
    yield { path: place.name, type: "symlink", target: await linkTarget(place.path) };
  } else if (stats.isFile()) {
    yield { path: place.name, type: "file", content: readExactly(place.path, stats.size) };
  } else if (!stats.isDirectory()) {
    throw new AddFileError(place.path, "is neither a file nor a folder nor a symbolic link");
  } else if (isTop && !options.isRecursive) {
    throw new AddFileError(place.path, "is a directory: use -r to add it with everything in it");
  } else {
    yield { path: place.name, type: "directory" };
    for (const name of await sortedNames(place.path)) {
      if (!options.hasHidden && name.startsWith(".")) continue;
      const child = { path: join(place.path, name), name: `${place.name}/${name}` };
      yield* walk(child, options, false);
    }
  }
}

/** Without a thread: for small files the way there and back would cost more than the call. */
function statOf(path: string): Stats {
  try {
    return lstatSync(path);
  } catch (cause) {
    throw new AddFileError(path, systemProblem(cause), { cause });
  }
}

async function linkTarget(path: string): Promise<string> {
  try {
    return await readlink(path);
  } catch (cause) {
    throw new AddFileError(path, systemProblem(cause), { cause });
  }
}

async function sortedNames(path: string): Promise<string[]> {
  let names: string[];
  try {
    names = await readdir(path);
  } catch (cause) {
    throw new AddFileError(path, systemProblem(cause), { cause });
  }
  // UTF-16 sorts as UTF-8 does, but for surrogates
  const isPlain = !names.some((name) => /[\uD800-\uFFFF]/.test(name));
  return names.toSorted(isPlain ? byUnits : byBytes);
}

function byUnits(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The file's bytes, if they are as many as they were when it was found. */
async function* readExactly(path: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
  let read = 0;
  try {
    for await (const bytes of sizeBytes <= wholeBytesMax ? inOne(path) : Bun.file(path).stream()) {
      read += bytes.length;
      if (read > sizeBytes) break;
      if (bytes.length > 0) yield bytes;
    }
  } catch (cause) {
    throw new AddFileError(path, systemProblem(cause), { cause });
  }
  if (read !== sizeBytes) {
    const change = read > sizeBytes ? "grew" : "became shorter";
    throw new AddFileError(path, `${change} while it was added (it had ${sizeBytes} bytes)`);
  }
}

function inOne(path: string): readonly Uint8Array[] {
  return [readFileSync(path)];
}

/** Bytes of all files under the paths, for a progress bar; what cannot be read counts nothing. */
export async function countBytes(
  paths: readonly string[],
  options: WalkOptions & { readonly signal: AbortSignal },
): Promise<number> {
  let total = 0;
  for (const path of paths) {
    if (options.signal.aborted) return total;
    total += await countOne(path, options);
  }
  return total;
}

async function countOne(
  path: string,
  options: WalkOptions & { readonly signal: AbortSignal },
): Promise<number> {
  try {
    const stats = await lstat(path);
    if (stats.isFile()) return stats.size;
    if (!stats.isDirectory()) return 0;
    let total = 0;
    for await (const { name } of await opendir(path)) {
      if (options.signal.aborted) return total;
      if (options.hasHidden || !name.startsWith("."))
        total += await countOne(join(path, name), options);
    }
    return total;
  } catch {
    return 0; // the walk that sends the file will tell
  }
}
