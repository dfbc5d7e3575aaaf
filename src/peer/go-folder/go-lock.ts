import { join } from "node:path";

import { FolderInUseError } from "../errors.ts";
import type { DataFolder } from "../folder.ts";
import { lockHolders } from "../lock-holders.ts";

/**
 * Sees that no peer of the Go program runs in the folder: its lock is another than ours.
 * @throws {FolderInUseError}
 */
export async function refuseGoPeer(folder: DataFolder): Promise<void> {
  const [pid] = (await lockHolders(join(folder.path, "cluster.lock"))) ?? [];
  if (pid !== undefined) throw new FolderInUseError(folder.path, pid);
}
