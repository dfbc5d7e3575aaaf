import { named } from "#lib";
import { goVoice, runDaemon } from "#peer";

import type { Invocation } from "../urfave/index.ts";
import { checkMultiaddr, explain } from "./explain.ts";
import { folderOf, logOf } from "./log.ts";
import { goVersion } from "./names.ts";

export async function runDaemonCommand(invocation: Invocation): Promise<void> {
  const { environment } = invocation.context;
  const folder = folderOf(invocation);
  using log = logOf(invocation);
  named(log.logger, "service").info(
    'Initializing. For verbose output run with "-l debug". Please wait...',
  );
  const bootstrap = readBootstrap(invocation.string("bootstrap"));
  try {
    await runDaemon({
      folder,
      environment,
      isInit: false,
      isGo: true,
      profile: undefined,
      isOffline: false,
      bootstrap,
      voice: goVoice(log.logger, goVersion),
      logger: log.logger,
    });
  } catch (thrown) {
    throw explain(thrown, folder, "starting cluster");
  }
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
