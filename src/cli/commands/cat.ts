import type { CommandRun } from "../command.ts";
import { findRpc } from "../find-peer.ts";

export const runCat: CommandRun = async (input, context) => {
  const client = await findRpc(input, context);
  const options = { offset: input.number("offset"), length: input.number("length") };
  const call = { command: "cat", arguments: input.arguments, options, signal: context.signal };
  const { chunks } = await client.bytes(call);
  for await (const chunk of chunks) await context.write(chunk);
};
