import { silentLogger } from "#lib";
import { type DaemonOptions, type DataFolder, dataFolderAt, plainVoice } from "#peer";

import type { PeerConfig } from "../../src/peer/peer.ts";
import { preparePeer } from "../../src/peer/prepare-peer.ts";
import { makeTempFolder } from "./temp-folder.ts";

/** Does `work` on a folder that holds a service.json and vanishes then. A text is written as it is. */
export async function withServiceJson<T>(
  document: unknown,
  work: (folder: DataFolder) => Promise<T>,
): Promise<T> {
  using temp = makeTempFolder();
  const folder = dataFolderAt(temp.path);
  await Bun.write(
    folder.configPath,
    typeof document === "string" ? document : JSON.stringify(document),
  );
  return await work(folder);
}

/** What a daemon's start reads from a folder, in silence. */
export function prepare(
  folder: DataFolder,
  changes: Partial<DaemonOptions> = {},
): Promise<PeerConfig> {
  return preparePeer({
    folder,
    environment: {},
    isInit: false,
    profile: undefined,
    isOffline: false,
    bootstrap: [],
    voice: plainVoice(() => undefined),
    logger: silentLogger,
    ...changes,
  });
}
