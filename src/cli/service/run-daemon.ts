import { named } from "#lib";
import { goVoice, runDaemon } from "#peer";

import type { Context } from "../command.ts";
import { goVersion } from "../go-version.ts";
import type { Invocation } from "../urfave/index.ts";
import { checkMultiaddr, explain } from "./explain.ts";
import { folderOf } from "./folder.ts";
import { logOf } from "./log.ts";

export async function runDaemonCommand(invocation: Invocation): Promise<void> {
  const folder = folderOf(invocation);
  using log = logOf(invocation);
  named(log.logger, "service").info(
    'Initializing. For verbose output run with "-l debug". Please wait...',
  );
  const bootstrap = readBootstrap(invocation.string("bootstrap"));
  try {
    await runDaemon({
      folder,
      environment: environmentOf(invocation),
      isInit: false,
      isGo: true,
      profile: undefined,
      isOffline: false,
      bootstrap,
      mayStartEmpty: invocation.bool("empty-state"),
      voice: goVoice(log.logger, goVersion),
      logger: log.logger,
    });
  } catch (thrown) {
    throw explain(thrown, folder, "starting cluster");
  }
}

/** Flags that stand for a setting count like the variable of that setting. */
const settingFlags: Readonly<Record<string, string>> = {
  stats: "CLUSTER_METRICS_ENABLESTATS",
  tracing: "CLUSTER_TRACING_ENABLETRACING",
  leave: "CLUSTER_LEAVEONSHUTDOWN",
};

function environmentOf(invocation: Invocation): Context["environment"] {
  const given = Object.entries(settingFlags).filter(([flag]) => invocation.bool(flag));
  const settings = given.map(([, variable]) => [variable, "true"] as const);
  return { ...invocation.context.environment, ...Object.fromEntries(settings) };
}

function readBootstrap(list: string): readonly string[] {
  if (list === "") return [];
  return list.split(",").map((given) => {
    const address = given.trim();
    // the program says "error" twice
    checkMultiaddr(address, `error parsing bootstrap multiaddress (${given})`);
    return address;
  });
}
