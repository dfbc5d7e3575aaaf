import { join, resolve } from "node:path";

import { systemClock } from "#lib";
import { type DataFolder, dataFolderAt, type Log, openLog } from "#peer";

import { ExitError, type Invocation, SilentFailure } from "../urfave/index.ts";
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
      stdout: (text) => void context.write(text),
      stderr: (text) => context.warn(text),
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

/** Runs before every command. A list that cannot be taken apart shows the help. */
export async function checkLogLevels(invocation: Invocation): Promise<void> {
  const parts = invocation.string("loglevel").split(",");
  if (!parts.some((part) => part.split(":").length > 2)) return;
  const message = 'log level not in expected format "identifier:loglevel" or "loglevel"';
  await invocation.context.write(`${message}\n\n`);
  await invocation.showAppHelp();
  throw new SilentFailure(message);
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
