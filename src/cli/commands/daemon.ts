import { runDaemon } from "#peer";

import type { CommandRun } from "../command.ts";
import { folderOf } from "../find-peer.ts";

export const runDaemonCommand: CommandRun = (input, context) =>
  runDaemon({
    folder: folderOf(input, context).folder,
    environment: context.environment,
    isInit: input.flag("init"),
    profile: input.text("profile"),
    isOffline: input.flag("offline"),
    bootstrap: input.texts("bootstrap").flatMap((list) => list.split(",")),
    print: (line) => void context.write(`${line}\n`),
    log: (line) => context.warn(`${line}\n`),
  });
