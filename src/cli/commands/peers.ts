import type { CommandRun } from "../command.ts";
import { findRest } from "../find-peer.ts";
import { print } from "../output.ts";
import { idLines } from "../text/pin-text.ts";

export const runPeersLs: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  for await (const peer of client.peers()) await print(peer, idLines, { input, context });
};
