import { asError, codeOf } from "#lib";

import { isClosedPipe } from "./closed-pipe.ts";
import type { Context } from "./command.ts";
import { commands } from "./commands.ts";
import { UsageError } from "./errors.ts";
import { globalFlags } from "./flags.ts";
import { helpOf, helpOfAll } from "./help.ts";
import { parseArguments } from "./parse-arguments.ts";

/** Exit codes: 0 done, 1 failed, 2 wrong usage. Throws only when nobody reads its output any more. */
export async function runCli(words: readonly string[], context: Context): Promise<number> {
  let isJson = false;
  try {
    const { command, input, isHelp } = parseArguments(words, commands, globalFlags);
    isJson = input.text("enc") === "json";
    if (command === undefined && !isHelp) throw new UsageError("no command");
    if (command === undefined || isHelp) {
      await context.write(command === undefined ? helpOfAll(commands) : helpOf(command));
      return 0;
    }
    const run = await command.load();
    await run(input, context);
    return 0;
  } catch (thrown) {
    if (isClosedPipe(thrown)) throw thrown;
    if (thrown instanceof UsageError) {
      const subject = thrown.command === undefined ? "" : ` ${thrown.command}`;
      context.warn(`pinfold${subject}: ${thrown.message}\nSee: pinfold help${subject}\n`);
      return 2;
    }
    const error = asError(thrown);
    // what the API answered goes where its answers go
    if (isJson && isAnswer(error)) await context.write(`${describeAsJson(error)}\n`);
    else context.warn(`${describe(error)}\n`);
    return 1;
  }
}

/** One line for what can go wrong; the stack as well for what must not. */
function describe(error: Error): string {
  const [kind, code, status]: unknown[] = ["kind", "code", "status"].map((name) =>
    Reflect.get(error, name),
  );
  if (code === "REST_API") {
    return `An error occurred:\n  Code: ${String(status)}\n  Message: ${error.message}`;
  }
  // an error of the system (ENOENT …) tells enough by its message
  const isExpected = kind !== "bug" && (kind !== undefined || typeof code === "string");
  return `pinfold: ${isExpected ? error.message : (error.stack ?? error.message)}`;
}

function isAnswer(error: Error): boolean {
  return ["REST_API", "RPC"].includes(codeOf(error) ?? "");
}

function describeAsJson(error: Error): string {
  const status: unknown = Reflect.get(error, "status");
  const code = typeof status === "number" ? status : 0;
  return JSON.stringify({ code, message: error.message }, undefined, 4);
}
