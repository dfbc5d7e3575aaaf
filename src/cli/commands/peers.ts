import { messageOf } from "#lib";
import { peerIdBytes } from "#model";

import type { CommandRun } from "../command.ts";
import { UsageError } from "../errors.ts";
import { findRest } from "../find-peer.ts";
import { print } from "../output.ts";
import { idLines } from "../text/pin-text.ts";

export const runPeersLs: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  for await (const peer of client.peers()) await print(peer, idLines, { input, context });
};

export const runPeersRm: CommandRun = async (input, context) => {
  const [peer = ""] = input.arguments;
  try {
    peerIdBytes(peer);
  } catch (error) {
    throw new UsageError(messageOf(error), "peers rm");
  }
  const client = await findRest(input, context);
  await client.peerRemove(peer);
};
