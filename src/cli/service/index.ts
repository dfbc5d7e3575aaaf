import type { Context } from "../command.ts";
import { runApp } from "../urfave/index.ts";
import { serviceApp } from "./app.ts";

/** `ipfs-cluster-service`: commands, flags, texts and exit codes of 1.1.6. Resolves with the exit code. */
export function runService(words: readonly string[], context: Context): Promise<number> {
  return runApp(serviceApp(context.environment), words, context);
}
