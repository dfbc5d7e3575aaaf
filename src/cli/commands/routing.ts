import type { CommandRun } from "../command.ts";
import { readFileArgument } from "../read-file-argument.ts";
import { relayCall } from "../relay.ts";

export const runRoutingPut: CommandRun = async (input, context) => {
  const [key = "", path = ""] = input.arguments;
  const file = await readFileArgument(path, context);
  await relayCall(input, context, { command: "routing/put", arguments: [key], file });
};
