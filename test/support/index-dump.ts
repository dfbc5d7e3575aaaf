import { join } from "node:path";

import { ClassicLevel } from "classic-level";

/** The block index of a closed data folder, as LevelDB holds it: places and statistics, keys and values in hex. */
export async function dumpIndex(folder: string): Promise<readonly string[]> {
  const level = new ClassicLevel(join(folder, "db"), { keyEncoding: "hex", valueEncoding: "hex" });
  await level.open();
  try {
    const entries = await level.iterator().all();
    // b: places, s with a number: statistics. How far the log is indexed may end with a segment that is gone.
    return entries
      .filter(([key]) => key.startsWith("62") || (key.startsWith("73") && key.length > 2))
      .map(([key, value]) => `${key} ${value}`);
  } finally {
    await level.close();
  }
}
