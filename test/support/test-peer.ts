import { silentLogger, systemClock } from "#lib";

import { parseSettings } from "../../src/peer/config/check.ts";
import { dataFolderAt } from "../../src/peer/folder.ts";
import { createIdentity } from "../../src/peer/identity.ts";
import { openPeer } from "../../src/peer/open-peer.ts";
import type { Peer } from "../../src/peer/peer.ts";
import { isNodeElsewhere } from "../../src/peer/surfaces.ts";
import { makeTempFolder } from "./temp-folder.ts";

/** Opens a peer in this process, in a folder that vanishes, from what its service.json says. A node of its own is offline unless told. */
export async function openTestPeer(
  document: Readonly<Record<string, unknown>>,
  stack: AsyncDisposableStack,
  options: { readonly isOffline?: boolean } = {},
): Promise<Peer> {
  const { settings } = parseSettings(document, (path) => path.join("."));
  const hasNode = !isNodeElsewhere(settings);
  const config = {
    folder: dataFolderAt(stack.use(makeTempFolder()).path),
    settings,
    clusterIdentity: createIdentity(),
    ipfsIdentity: hasNode ? createIdentity() : undefined,
    isOffline: options.isOffline ?? hasNode,
    bootstrap: [],
    knownPeers: [],
    staticNames: "",
  };
  return stack.use(await openPeer(config, { clock: systemClock, logger: silentLogger }));
}
