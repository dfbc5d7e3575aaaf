import type { CommandRun } from "../command.ts";
import { findRpc } from "../find-peer.ts";
import { readFileArgument } from "../read-file-argument.ts";
import { relayCall } from "../relay.ts";

export const runNameInspect: CommandRun = async (input, context) => {
  const file = await readFileArgument(input.arguments[0] ?? "-", context);
  await relayCall(input, context, { command: "name/inspect", arguments: [], file });
};

export const runNamePut: CommandRun = async (input, context) => {
  const [name = "", path = "-"] = input.arguments;
  const file = await readFileArgument(path, context);
  await relayCall(input, context, { command: "name/put", arguments: [name], file });
};

/** The record's bytes, however other answers are wanted. */
export const runNameGet: CommandRun = async (input, context) => {
  const client = await findRpc(input, context);
  const call = { command: "name/get", arguments: input.arguments, signal: context.signal };
  const { chunks } = await client.bytes(call);
  for await (const chunk of chunks) await context.write(chunk);
};
