import { verifyBlock } from "#dag";
import { openIpfs } from "#ipfs";
import { parseCid } from "#model";
import { openStore } from "#storage";

import type { Settings } from "./config/settings.ts";
import type { DataFolder } from "./folder.ts";
import type { Identity } from "./identity.ts";
import { storeSettings } from "./store-options.ts";

/** UnixFS's directory without entries, which Kubo's `init` adds and pins. */
const emptyFolder = {
  cid: "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn",
  bytes: Uint8Array.of(0x0a, 0x02, 0x08, 0x01),
} as const;

/** Puts the empty folder into a new store and pins it in the node. */
export async function pinEmptyFolder(
  folder: DataFolder,
  settings: Settings,
  identity: Identity,
): Promise<void> {
  const storageMaxBytes = settings.ipfs.storage_max ?? Number.MAX_SAFE_INTEGER;
  const options = { ...storeSettings(settings), storageMaxBytes, verifyBlock };
  await using store = await openStore(folder.path, options);
  const nodeOptions = { isOffline: true, storageMaxBytes, repoPath: folder.path };
  await using node = openIpfs({ store, identity }, nodeOptions);
  await using writer = node.openWriter();
  const cid = parseCid(emptyFolder.cid);
  await writer.put(cid, emptyFolder.bytes);
  await writer.flush();
  await node.pins.add(cid, { isWritten: true });
}
