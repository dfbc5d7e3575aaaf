// What a folder holds of the Go program's pinset. It is looked at and left as it is.

import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { z } from "zod";

import { checkSettings } from "../config/check.ts";
import { readDocument } from "../config/document.ts";
import { isRaftConfig } from "../config/go-reading.ts";
import type { Settings } from "../config/settings.ts";
import { GoStateError } from "../errors.ts";
import type { DataFolder } from "../folder.ts";

/** A pinset of the Go program. */
export interface GoState {
  /** `pebble`, `badger3`, `badger`, `leveldb` or `raft`. */
  readonly kind: string;
  readonly path: string;
}

const kinds = ["pebble", "badger3", "badger", "leveldb"] as const;

/** By the files in a folder, whatever it is called; undefined when no store of the Go program is in it. */
export async function kindOfStore(path: string): Promise<GoState["kind"] | undefined> {
  const names = await readdir(path).catch(() => []);
  const has = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  if (has(/^raft\.db$/)) return "raft";
  if (has(/^OPTIONS-\d+$/) || has(/^marker\./)) return "pebble";
  if (has(/^KEYREGISTRY$/)) return "badger3";
  if (has(/^MANIFEST$/)) return "badger";
  return has(/^CURRENT$/) && has(/^MANIFEST-\d+$/) ? "leveldb" : undefined;
}

/** Where the Go program keeps raft's data. */
function raftPath(folder: DataFolder, settings: Settings): string {
  const { data_folder: data = "" } = settings.consensus.raft ?? {};
  return resolve(folder.path, data === "" ? "raft" : data);
}

/** The pinset of the Go program that the configuration is about; undefined when there is none. */
export async function findGoState(
  folder: DataFolder,
  settings: Settings,
  isRaft: boolean,
): Promise<GoState | undefined> {
  const configured = kinds.flatMap((kind) => settings.datastore[kind]?.folder ?? []);
  const paths = isRaft ? [raftPath(folder, settings)] : [...configured, ...kinds];
  for (const name of new Set(paths)) {
    const path = resolve(folder.path, name);
    const kind = await kindOfStore(path);
    if (kind !== undefined) return { kind, path };
  }
  return undefined;
}

/**
 * Sees that a pinset of the Go program is not left behind unseen: a start with an empty one is refused unless it is
 * wanted, which is remembered.
 * @throws {GoStateError} {FolderLockedError}
 */
export async function requireOwnState(
  folder: DataFolder,
  found: GoState | undefined,
  mayBeEmpty: boolean,
): Promise<void> {
  if (found === undefined || existsSync(markPath(folder))) return;
  if (!mayBeEmpty && !(await hasPins(folder))) throw new GoStateError(folder.path, found);
  await rememberOwnState(folder);
}

/** Sees that a folder without pins of ours has none of the Go program. @throws {GoStateError} */
export async function refuseGoState(folder: DataFolder): Promise<void> {
  if (existsSync(markPath(folder))) return;
  // whatever is wrong with the configuration is told at the start
  const document = (await readDocument(folder.configPath)) ?? {};
  const { consensus = {}, datastore = {} } = document;
  const { settings } = checkSettings({ consensus, datastore });
  if (settings === undefined) return;
  const isRaft = isRaftConfig(document);
  const found = await findGoState(folder, settings, isRaft);
  if (found !== undefined) throw new GoStateError(folder.path, found);
}

/** Says that the folder's pinset is ours from now on, be it empty. */
export async function rememberOwnState(folder: DataFolder): Promise<void> {
  const text = "The pinset of this folder is in db/; that of the Go program is no longer read.\n";
  await writeFile(markPath(folder), text, { mode: 0o600 });
}

function markPath(folder: DataFolder): string {
  return join(folder.path, "own-state");
}

async function hasPins(folder: DataFolder): Promise<boolean> {
  if (!existsSync(join(folder.path, "db"))) return false;
  // loaded here: a wrong setting is told without it
  const { openKeyspaces } = await import("#storage");
  await using keyspaces = await openKeyspaces(folder.path);
  for await (const page of keyspaces.keyspace("pinset").pages()) {
    if (page.length > 0) return true;
  }
  return false;
}

const snapshotMeta = z.object({
  Configuration: z.object({ Servers: z.array(z.object({ ID: z.string() })) }),
});

/** The peers that the snapshots of raft know. */
export async function raftPeers(
  folder: DataFolder,
  settings: Settings,
): Promise<readonly string[]> {
  const snapshots = join(raftPath(folder, settings), "snapshots");
  const peers = new Set<string>();
  for (const name of await readdir(snapshots).catch(() => [])) {
    const text = await readFile(join(snapshots, name, "meta.json"), "utf8").catch(() => "{}");
    const meta = snapshotMeta.safeParse(parse(text));
    for (const { ID: id } of meta.data?.Configuration.Servers ?? []) peers.add(id);
  }
  return [...peers];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // a snapshot that is not whole says nothing
    return undefined;
  }
}
