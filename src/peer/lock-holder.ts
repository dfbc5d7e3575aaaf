import { readFile, stat } from "node:fs/promises";

/** The process that has locked a file for writing; undefined when nobody has, or the system does not show its locks. */
export async function lockHolder(path: string): Promise<number | undefined> {
  try {
    const [{ ino }, locks] = await Promise.all([stat(path), readFile("/proc/locks", "utf8")]);
    return locks
      .split("\n")
      .map((line) => holderIn(line, ino))
      .find((pid) => pid !== undefined);
  } catch {
    return undefined;
  }
}

/** Who has locked the inode for writing, from a line of /proc/locks: `1: POSIX  ADVISORY  WRITE 4711 08:01:131099 0 EOF`. */
export function holderIn(line: string, inode: number): number | undefined {
  const [, , , access, holder, place] = line.trim().split(/\s+/);
  const isIt = access === "WRITE" && place?.split(":").at(-1) === String(inode);
  const pid = Number(holder);
  return isIt && Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}
