import { systemClock } from "#lib";
import { openLog, plainVoice, runDaemon } from "#peer";

import type { CommandRun } from "../command.ts";
import { UsageError } from "../errors.ts";
import { folderOf } from "../find-peer.ts";

export const runDaemonCommand: CommandRun = async (input, context) => {
  const { environment, log: out } = context;
  using log = openLog(
    {
      environment,
      style: "own",
      isDebug: input.flag("debug"),
      levels: input.text("loglevel"),
      ...out,
      isTerminal: context.isTerminal,
    },
    systemClock,
  );
  const [wrong] = log.levelProblems;
  if (wrong !== undefined) throw new UsageError(`flag --loglevel: ${wrong.problem}`, "daemon");
  for (const problem of log.problems)
    log.logger.warn("a wish for the log cannot be followed", { problem });
  await runDaemon({
    folder: folderOf(input, context).folder,
    environment,
    isInit: input.flag("init"),
    profile: input.text("profile"),
    isOffline: input.flag("offline"),
    bootstrap: input.texts("bootstrap").flatMap((list) => list.split(",")),
    mayStartEmpty: input.flag("empty-state"),
    voice: plainVoice((line) => out.stdout(`${line}\n`)),
    logger: log.logger,
  });
};
