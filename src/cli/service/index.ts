import { systemProblem } from "#lib";

import { isClosedPipe } from "../closed-pipe.ts";
import type { Context } from "../command.ts";
import { runApp } from "../urfave/index.ts";
import { serviceApp } from "./app.ts";

/** `ipfs-cluster-service`: commands, flags, texts and exit codes of 1.1.6. Resolves with the exit code. */
export async function runService(words: readonly string[], context: Context): Promise<number> {
  try {
    return await runApp(serviceApp(context.environment), words, context);
  } catch (thrown) {
    if (isClosedPipe(thrown) || !isOfSystem(thrown)) throw thrown;
    context.warn(`error: ${thrown.syscall} ${thrown.path ?? ""}: ${systemProblem(thrown)}\n`);
    return 1;
  }
}

/** A full disk, a folder that may not be written: what the system says is enough. */
function isOfSystem(thrown: unknown): thrown is NodeJS.ErrnoException {
  return (
    thrown instanceof Error &&
    ["code", "syscall"].every((name) => typeof Reflect.get(thrown, name) === "string")
  );
}
