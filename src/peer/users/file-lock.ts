import { link, open, rename, stat, unlink } from "node:fs/promises";

import { type Clock, codeOf } from "#lib";

import { UsersBusyError } from "./errors.ts";

/** Work under a lock takes milliseconds; one that is older was left by a process that died. */
const staleMs = 10_000;
const patienceMs = 15_000;
const retryMs = 20;

/**
 * Does `work` while no other process does any under the lock file `path`.
 * @throws {UsersBusyError} after 15 s
 */
export async function withFileLock<T>(
  path: string,
  clock: Clock,
  work: () => Promise<T>,
): Promise<T> {
  const inode = await take(path, clock);
  try {
    return await work();
  } finally {
    if ((await look(path))?.inode === inode) await unlink(path);
  }
}

async function take(path: string, clock: Clock): Promise<bigint> {
  for (const end = clock.now() + patienceMs; clock.now() < end; await clock.sleep(retryMs)) {
    try {
      const file = await open(path, "wx", 0o600);
      const { ino } = await file.stat({ bigint: true });
      await file.close();
      return ino;
    } catch (cause) {
      if (codeOf(cause) !== "EEXIST") throw cause;
    }
    const held = await look(path);
    if (held !== undefined && clock.now() - held.madeAt > staleMs) await clear(path, held.inode);
  }
  throw new UsersBusyError(path);
}

/** Takes a left lock away; one that somebody else has put there meanwhile is put back. */
async function clear(path: string, inode: bigint): Promise<void> {
  const aside = `${path}.${inode}`;
  try {
    await rename(path, aside);
    if ((await look(aside))?.inode !== inode) await link(aside, path);
    await unlink(aside);
  } catch (cause) {
    if (!["ENOENT", "EEXIST"].includes(codeOf(cause) ?? "")) throw cause;
  }
}

async function look(
  path: string,
): Promise<{ readonly inode: bigint; readonly madeAt: number } | undefined> {
  try {
    const { ino, mtimeMs } = await stat(path, { bigint: true });
    return { inode: ino, madeAt: Number(mtimeMs) };
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw cause;
  }
}
