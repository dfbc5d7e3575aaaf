import { initFolder } from "#peer";

import type { CommandRun } from "../command.ts";
import { folderOf } from "../find-peer.ts";
import { print } from "../output.ts";

export const runInit: CommandRun = async (input, context) => {
  const { folder } = folderOf(input, context);
  const profile = input.text("profile");
  const made = await initFolder(folder, { profile, environment: context.environment });
  for (const warning of made.warnings) context.warn(`warning: ${warning}\n`);
  const result = { path: folder.path, id: made.clusterIdentity.id, ipfs_id: made.ipfsIdentity.id };
  const toText = (): string =>
    [
      `initialised ${result.path}`,
      `cluster peer: ${result.id}`,
      `IPFS node:    ${result.ipfs_id}`,
    ].join("\n");
  await print(result, toText, { input, context });
};
