import { readFile } from "node:fs/promises";

import type { Context } from "./command.ts";

/** A file that a command sends whole; `-` is stdin. */
export async function readFileArgument(path: string, context: Context): Promise<Uint8Array> {
  if (path !== "-") return readFile(path);
  return Buffer.concat(await Array.fromAsync(context.stdin));
}
