// Files of a key folder, named as Kubo's keystore names them, so that they can be copied from one to the other.

import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import { base32 } from "multiformats/bases/base32";

import { codeOf } from "#lib";

import { InvalidKeyNameError } from "./errors.ts";

const prefix = "key_";

/** A file name holds 255 bytes: the prefix, and 8 characters for 5 bytes. */
const nameBytesMax = 156;

/** What is being written. One at a time, so one name will do, and nothing is left lying about. */
const temporary = ".new-key";

/** @throws {InvalidKeyNameError} */
export function fileNameOf(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length === 0) {
    throw new InvalidKeyNameError(name, "key name must be at least one character");
  }
  if (bytes.length > nameBytesMax) {
    const problem = `key name is ${bytes.length} bytes (max ${nameBytesMax} bytes)`;
    throw new InvalidKeyNameError(name, problem);
  }
  return `${prefix}${base32.baseEncode(bytes)}`;
}

/** Names of the keys in the folder, sorted by their bytes; other files are left out. */
export async function listKeyFiles(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch(emptyWhenMissing);
  const names = files.flatMap((file) => nameOf(file) ?? []);
  return names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Undefined when there is none. */
export async function readKeyFile(folder: string, name: string): Promise<Uint8Array | undefined> {
  const path = join(folder, fileNameOf(name));
  return readFile(path).catch((cause: unknown) => {
    if (isMissing(cause)) return undefined;
    throw cause;
  });
}

/** Writes or replaces a key in one step, durable when it resolves. Not for two calls at once. */
export async function writeKeyFile(folder: string, name: string, key: Uint8Array): Promise<void> {
  const target = join(folder, fileNameOf(name));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, temporary);
  await rm(path, { force: true });
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(key);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(path, target);
  await syncFolder(folder);
}

export async function removeKeyFile(folder: string, name: string): Promise<void> {
  await rm(join(folder, fileNameOf(name)));
  await syncFolder(folder);
}

/** In one step, over a key that has the name already. */
export async function renameKeyFile(folder: string, from: string, to: string): Promise<void> {
  await rename(join(folder, fileNameOf(from)), join(folder, fileNameOf(to)));
  await syncFolder(folder);
}

function nameOf(file: string): string | undefined {
  if (!file.startsWith(prefix)) return undefined;
  try {
    const name = Buffer.from(base32.baseDecode(file.slice(prefix.length))).toString();
    return fileNameOf(name) === file ? name : undefined;
  } catch {
    return undefined; // no name of a key
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return; // a folder cannot be opened there
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function emptyWhenMissing(cause: unknown): readonly string[] {
  if (isMissing(cause)) return [];
  throw cause;
}

function isMissing(cause: unknown): boolean {
  return codeOf(cause) === "ENOENT";
}
