import { multiaddrParts } from "#model";

import type { Settings } from "../config/settings.ts";
import { RaftPeersError } from "../errors.ts";
import type { DataFolder } from "../folder.ts";
import { raftPeers } from "./go-state.ts";

/** Sees that a peer of raft is the only one. @throws {RaftPeersError} */
export async function requireSinglePeer(
  folder: DataFolder,
  settings: Settings,
  self: { readonly id: string; readonly bootstrap: readonly string[] },
): Promise<void> {
  const known = [
    // who joins others is not alone
    ...self.bootstrap.map((address) => multiaddrParts(address).at(-1)?.[1] ?? address),
    ...(settings.consensus.raft?.init_peerset ?? []),
    ...(await raftPeers(folder, settings)),
  ];
  const others = new Set(known.filter((peer) => peer !== self.id));
  if (others.size > 0) throw new RaftPeersError(folder.path, [...others]);
}
