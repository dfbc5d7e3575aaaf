import type { CommandRun } from "../command.ts";
import { findRest } from "../find-peer.ts";
import { print } from "../output.ts";

export const runHealth: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  await client.health();
  await print({ healthy: true }, () => "healthy", { input, context });
};
