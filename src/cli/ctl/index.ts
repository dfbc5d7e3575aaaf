import { isClosedPipe } from "../closed-pipe.ts";
import type { Context } from "../command.ts";
import { runApp } from "../urfave/index.ts";
import { ctlApp } from "./app.ts";

/** `ipfs-cluster-ctl` 1.1.6: its commands, flags, texts and exit codes. */
export async function runCtl(words: readonly string[], context: Context): Promise<number> {
  try {
    return await runApp(ctlApp, words, context);
  } catch (error) {
    if (isClosedPipe(error)) return 0; // whoever read our output has seen enough
    throw error;
  }
}
