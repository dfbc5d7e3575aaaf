import { join } from "node:path";

import { ClassicLevel } from "classic-level";

import { FolderEngineError, FolderFormatError, FolderLockedError } from "./errors.ts";
import { LevelKeyspace } from "./keyspace.ts";
import type { Keyspace, KeyspaceName, Keyspaces } from "./ports.ts";
import { WriteQueue } from "./write-queue.ts";

/** The format that this program writes, and the newest that it reads. */
const formatVersion = 1;

export type LevelDb = ClassicLevel<Uint8Array, Uint8Array>;

/** The LevelDB of a data folder. While it is open, the folder is locked. */
export interface Database extends Keyspaces {
  readonly level: LevelDb;
}

/** The two ranges that take turns as the pinset. */
const pinsetRanges = ["pinset", "pinset2"] as const;

/** @throws {FolderLockedError} {FolderFormatError} {FolderEngineError} */
export async function openDatabase(
  folder: string,
  options: { readonly engine: string | undefined; readonly cacheSizeBytes: number },
): Promise<Database> {
  const level: LevelDb = new ClassicLevel(join(folder, "db"), {
    keyEncoding: "view",
    valueEncoding: "view",
    cacheSize: options.cacheSizeBytes,
  });
  await openLocked(level, folder);
  const writes = new WriteQueue(level);
  const range = (name: KeyspaceName): LevelKeyspace => new LevelKeyspace(level, writes, name);
  let pinset: (typeof pinsetRanges)[number];
  try {
    await checkFormat(range("meta"), folder, options.engine);
    pinset = await pinsetRange(range("meta"));
  } catch (error) {
    await level.close();
    throw error;
  }
  const close = async (): Promise<void> => {
    await writes.idle();
    await level.close();
  };
  return {
    level,
    keyspace: (name) => range(name === "pinset" ? pinset : name),
    replacePinset: async () => {
      const old = pinset;
      const next = old === "pinset" ? "pinset2" : "pinset";
      const commit = async (): Promise<void> => {
        await range("meta").put(pinsetRangeKey, encode(next));
        pinset = next;
      };
      const clear = async (): Promise<void> => {
        await writes.idle();
        await range(pinset === next ? old : next).clear();
      };
      await clear();
      return { keyspace: range(next), commit, [Symbol.asyncDispose]: clear };
    },
    [Symbol.asyncDispose]: close,
  };
}

async function pinsetRange(meta: Keyspace): Promise<(typeof pinsetRanges)[number]> {
  const found = await meta.get(pinsetRangeKey);
  return pinsetRanges.find((name) => found !== undefined && decode(found) === name) ?? "pinset";
}

async function openLocked(level: LevelDb, folder: string): Promise<void> {
  try {
    await level.open();
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    if (cause instanceof Error && "code" in cause && cause.code === "LEVEL_LOCKED") {
      throw new FolderLockedError(folder, cause);
    }
    throw error;
  }
}

async function checkFormat(
  meta: Keyspace,
  folder: string,
  engine: string | undefined,
): Promise<void> {
  const formatKey = encode("store.format");
  const engineKey = encode("store.engine");
  const format = await meta.get(formatKey);
  const foundVersion = format === undefined ? formatVersion : Number(decode(format));
  if (!(foundVersion <= formatVersion)) {
    throw new FolderFormatError(folder, foundVersion, formatVersion);
  }
  const found = await meta.get(engineKey);
  if (found !== undefined && engine !== undefined && decode(found) !== engine) {
    throw new FolderEngineError(folder, decode(found), engine);
  }
  if (found !== undefined || engine === undefined) return;
  await meta.batch([
    [formatKey, encode(String(formatVersion))],
    [engineKey, encode(engine)],
  ]);
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const pinsetRangeKey = encode("pinset.range");
