import { asError, CodedError, named } from "#lib";
import { type DataFolder, goVoice, runDaemon } from "#peer";

import type { Invocation } from "../urfave/index.ts";
import { failure, folderOf, lockedFailure, logOf } from "./log.ts";
import { goVersion } from "./names.ts";

export async function runDaemonCommand(invocation: Invocation): Promise<void> {
  const { environment } = invocation.context;
  const folder = folderOf(invocation);
  using log = logOf(invocation);
  named(log.logger, "service").info(
    'Initializing. For verbose output run with "-l debug". Please wait...',
  );
  const bootstrap = invocation.string("bootstrap");
  try {
    await runDaemon({
      folder,
      environment,
      isInit: false,
      profile: undefined,
      isOffline: false,
      bootstrap: bootstrap === "" ? [] : bootstrap.split(",").map((address) => address.trim()),
      voice: goVoice(log.logger, goVersion),
      logger: log.logger,
    });
  } catch (thrown) {
    throw explain(asError(thrown), folder);
  }
}

function explain(error: Error, folder: DataFolder): Error {
  if (!(error instanceof CodedError)) return error;
  if (error.code === "FOLDER_LOCKED" || error.code === "FOLDER_IN_USE") {
    return lockedFailure(folder, error);
  }
  if (error.kind === "bug") return error;
  return failure("starting cluster", error.message, error);
}
