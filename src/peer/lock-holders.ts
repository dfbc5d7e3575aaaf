import { readFile, stat } from "node:fs/promises";

/** The processes that have locked a file for writing; undefined when there is no telling: no file, or a system that does not show it. */
export async function lockHolders(path: string): Promise<readonly number[] | undefined> {
  try {
    const [{ ino }, locks] = await Promise.all([stat(path), readFile("/proc/locks", "utf8")]);
    return locks.split("\n").flatMap((line) => holderIn(line, ino) ?? []);
  } catch {
    return undefined;
  }
}

/** Who has locked the inode for writing, from a line of /proc/locks: `1: POSIX  ADVISORY  WRITE 4711 08:01:131099 0 EOF`. */
function holderIn(line: string, inode: number): number | undefined {
  const [, , , access, holder, place] = line.trim().split(/\s+/);
  const isIt = access === "WRITE" && place?.split(":").at(-1) === String(inode);
  const pid = Number(holder);
  return isIt && Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}
