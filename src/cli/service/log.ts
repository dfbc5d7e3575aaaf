import { systemClock } from "#lib";
import { type Log, openLog } from "#peer";

import type { Invocation } from "../urfave/index.ts";
import { goComponents } from "./go-components.ts";

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
