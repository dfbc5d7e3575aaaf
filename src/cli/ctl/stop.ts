import { messageOf } from "#lib";

import { ExitError } from "../urfave/index.ts";

/** What goes wrong in the command line itself: `error DOING: MESSAGE` on stderr, exit code 1. */
export function stop(doing: string, problem: string, exitCode = 1): ExitError {
  return new ExitError(`error ${doing}: ${problem}`, exitCode);
}

/** The result, or the end of the program with the error's message. */
export function orStop<T>(doing: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw stop(doing, messageOf(error));
  }
}
