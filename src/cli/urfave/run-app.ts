import type { Context } from "../command.ts";
import type { App, Command } from "./app.ts";
import { ExitError, SilentFailure } from "./errors.ts";
import { FlagSet } from "./flag-set.ts";
import { Invocation } from "./invocation.ts";
import { reorderWords } from "./reorder-words.ts";
import { findCommand, helpFlag, rootScope, type Scope, scopeBelow } from "./scope.ts";

/**
 * Runs a command line, without the program's name, as github.com/urfave/cli 1.22 does: which help is printed where, which
 * words count as flags, and which exit code comes out. Resolves with the exit code.
 */
export async function runApp(
  app: App,
  words: readonly string[],
  context: Context,
): Promise<number> {
  try {
    await runScope(rootScope(app), words, { context, parent: undefined });
    return 0;
  } catch (error) {
    if (error instanceof SilentFailure) return app.failureCode;
    if (!(error instanceof ExitError)) throw error;
    if (error.message !== "") context.warn(`${error.message}\n`);
    return error.exitCode;
  }
}

interface Place {
  readonly context: Context;
  readonly parent: Invocation | undefined;
}

async function runScope(scope: Scope, words: readonly string[], place: Place): Promise<void> {
  const flags = new FlagSet(scope.flags, place.context.environment);
  const problem = flags.parse(words);
  const conflict = flags.normalize();
  const invocation = new Invocation({ ...place, scope, flags });
  const isRoot = place.parent === undefined;
  const showHelp = (): Promise<void> =>
    isRoot ? invocation.showAppHelp() : invocation.showCommandHelp("");
  if (conflict !== undefined || problem !== undefined) {
    const misuse =
      conflict === undefined
        ? `Incorrect Usage. ${problem}\n\n`
        : `${conflict}\n${isRoot ? "" : "\n"}`;
    await place.context.write(misuse);
    await showHelp();
    throw new SilentFailure(conflict ?? problem ?? "");
  }
  if (invocation.bool("help")) return showHelp();
  if (isRoot && invocation.bool("version")) {
    return place.context.write(`${scope.name} version ${scope.version}\n`);
  }
  await scope.before?.(invocation);
  const [name] = invocation.words;
  const command = name === undefined ? undefined : findCommand(scope, name);
  if (command !== undefined) return runCommand(command, invocation);
  if (scope.action !== undefined) return scope.action(invocation);
  return name === undefined ? showHelp() : invocation.showCommandHelp(name);
}

async function runCommand(command: Command, above: Invocation): Promise<void> {
  const { context, scope } = above;
  const words = above.words.slice(1);
  if ((command.subcommands ?? []).length > 0) {
    return runScope(scopeBelow(scope, command), words, { context, parent: above });
  }
  const known = [...(command.flags ?? []), helpFlag];
  const flags = new FlagSet(known, context.environment);
  const problem = flags.parse(reorderWords(known, words)) ?? flags.normalize();
  const invocation = new Invocation({ context, scope, flags, parent: above });
  if (problem !== undefined) {
    await context.write(`Incorrect Usage: ${problem}\n\n`);
    await invocation.showCommandHelp(command.name);
    throw new SilentFailure(problem);
  }
  if (invocation.bool("help")) return invocation.showCommandHelp(command.name);
  await command.before?.(invocation);
  await (command.action ?? showItsHelp(command))(invocation);
}

function showItsHelp(command: Command): (invocation: Invocation) => Promise<void> {
  return (invocation) => invocation.showCommandHelp(invocation.words[0] ?? command.name);
}
