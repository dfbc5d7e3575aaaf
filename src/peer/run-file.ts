import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { codeOf } from "#lib";

import type { DataFolder } from "./folder.ts";
import { lockHolders } from "./lock-holders.ts";
import type { RunAddresses } from "./peer.ts";
import { writeWhole } from "./write-whole.ts";

/** `run/addresses.json`: who runs in a folder, and what is really bound. */
export interface RunFile extends RunAddresses {
  readonly pid: number;
  /** The cluster peer's id. */
  readonly id: string;
  readonly ipfs_id: string;
}

/** Written in one step, when everything in it answers. */
export async function writeRunFile(folder: DataFolder, content: RunFile): Promise<void> {
  await mkdir(dirname(folder.addressesPath), { recursive: true, mode: 0o700 });
  await writeWhole(folder.addressesPath, `${JSON.stringify(content, undefined, 2)}\n`);
}

export async function removeRunFile(folder: DataFolder): Promise<void> {
  await rm(folder.addressesPath, { force: true });
}

/** What runs in the folder; undefined when nothing does, whatever a killed process left there. */
export async function readRunFile(folder: DataFolder): Promise<RunFile | undefined> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(folder.addressesPath, "utf8"));
  } catch {
    return undefined; // none, or one that nobody wrote whole
  }
  if (!isRunFile(content)) return undefined;
  return (await isRunning(content.pid, folder)) ? content : undefined;
}

/** By hand: every client command asks, and a schema library would cost it its start. */
function isRunFile(value: unknown): value is RunFile {
  if (typeof value !== "object" || value === null) return false;
  const field = (name: string): unknown => Reflect.get(value, name);
  const isText = (name: string): boolean => typeof field(name) === "string";
  const isAbsent = (name: string): boolean => field(name) === undefined;
  return (
    Number.isSafeInteger(field("pid")) &&
    ["id", "ipfs_id"].every(isText) &&
    ["rest", "proxy", "pinsvc", "rpc", "gateway", "ui"].every(
      (name) => isText(name) || isAbsent(name),
    ) &&
    ["cluster", "swarm"].every((name) => isTexts(field(name)) || isAbsent(name))
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** A process of that number lives and holds the folder's lock. A number alone may be somebody else's by now. */
async function isRunning(pid: number, folder: DataFolder): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const holders = await lockHolders(join(folder.path, "db", "LOCK"));
  return holders?.includes(pid) ?? true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // somebody else's process lives all the same
    return codeOf(cause) === "EPERM";
  }
}
