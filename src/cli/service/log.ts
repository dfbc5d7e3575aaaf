import { join, resolve } from "node:path";

import { systemClock } from "#lib";
import { type DataFolder, dataFolderAt, type Log, openLog } from "#peer";

import { ExitError, type Invocation } from "../urfave/index.ts";
import { goComponents } from "./go-components.ts";
import { programName } from "./names.ts";

/** The folder of `--config`. */
export function folderOf(invocation: Invocation): DataFolder {
  return dataFolderAt(resolve(invocation.globalString("config")));
}

/** The log as the flags and GOLOG_* want it. */
export function logOf(invocation: Invocation): Log {
  const { context } = invocation;
  const log = openLog(
    {
      environment: context.environment,
      style: "go",
      isDebug: invocation.globalBool("debug"),
      levels: invocation.globalString("loglevel"),
      isOwn: (component) => goComponents.has(component),
      ...context.log,
      isTerminal: context.isTerminal,
    },
    systemClock,
  );
  for (const problem of log.problems) context.warn(`${problem}\n`);
  for (const { entry, problem } of log.levelProblems) {
    context.warn(`error setting log level "${entry}": ${problem}\n`);
  }
  return log;
}

/**
 * Runs before every command. @throws {ExitError} for a list that cannot be taken apart: the Go program ends without a word
 * then, and with exit code 0
 */
export async function checkLogLevels(invocation: Invocation): Promise<void> {
  if (invocation.bool("debug")) return;
  const seen = new Set<string>();
  for (const part of invocation.string("loglevel").split(",")) {
    if (part === "") continue;
    const words = part.split(":");
    if (words.length > 2) {
      const message = 'log level not in expected format "identifier:loglevel" or "loglevel"';
      throw new ExitError(`error: ${message}`, 1);
    }
    const component = words.length === 1 ? "all" : (words[0] ?? "");
    if (seen.has(component)) {
      await invocation.context.write(`overwriting existing ${component} log level\n`);
    }
    seen.add(component);
  }
}

/** An error as every command of the program tells it; exit code 1. */
export function failure(doing: string, problem: string, cause?: unknown): ExitError {
  return new ExitError(`error ${doing}: ${problem}`, 1, { cause });
}

/** What a command is told when another process has the folder. */
export function lockedFailure(folder: DataFolder, cause?: unknown): ExitError {
  const lock = join(folder.path, "cluster.lock");
  const advice =
    `If no other ${programName} process is running, remove ${lock}, ` +
    `or make sure that the config folder is writable for the user running ${programName}.`;
  return failure(
    "obtaining execution lock",
    `lock ${lock}: someone else has the lock. ${advice}`,
    cause,
  );
}
