import type { BlockSource, CID, SignalOptions } from "#model";

import type { UnixFsStat } from "./ports.ts";
import { loadUnixFs, type UnixFsNode } from "./unixfs-node.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * What is at a CID, from its first block alone. The size of a file is what the block announces; `readFile` checks it.
 * @throws {NotUnixFsError | UndecodableBlockError | DamagedDagError | BlockNotFoundError}
 */
export async function statUnixFs(
  source: BlockSource,
  cid: CID,
  options?: SignalOptions,
): Promise<UnixFsStat> {
  return statOf(await loadUnixFs(source, cid, options));
}

function statOf(node: UnixFsNode): UnixFsStat {
  const { cid, mode, mtime } = node;
  const base = { cid, mode, mtime };
  switch (node.type) {
    case "file":
      return { ...base, type: "file", sizeBytes: node.sizeBytes };
    case "directory":
      return { ...base, type: "directory", isSharded: false };
    case "shard":
      return { ...base, type: "directory", isSharded: true };
    case "symlink":
      break;
  }
  return { ...base, type: "symlink", target: utf8.decode(node.target) };
}
