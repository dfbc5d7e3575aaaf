import type { CommandRun } from "../command.ts";
import { findRest } from "../find-peer.ts";
import { print } from "../output.ts";
import { relayCall } from "../relay.ts";
import { idLines } from "../text/pin-text.ts";

/** Of the cluster peer as `ipfs-cluster-ctl id`; with what only `ipfs id` knows, of the IPFS node. */
export const runId: CommandRun = async (input, context) => {
  const isOfNode = ["ipfs", "format", "peerid-base"].some((flag) => input.has(flag));
  if (isOfNode || input.arguments.length > 0) {
    return relayCall(input, context, { command: "id" });
  }
  const client = await findRest(input, context);
  await print(await client.id(), idLines, { input, context });
};
