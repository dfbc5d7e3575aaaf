import { join } from "node:path";

import type { DataFolder } from "#peer";

import { ExitError } from "../urfave/index.ts";
import { programName } from "./names.ts";

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
