import type { Context } from "../command.ts";
import { runApp } from "../urfave/index.ts";
import { ctlApp } from "./app.ts";

/** `ipfs-cluster-ctl` 1.1.6: its commands, flags, texts and exit codes. */
export function runCtl(words: readonly string[], context: Context): Promise<number> {
  return runApp(ctlApp, words, context);
}
