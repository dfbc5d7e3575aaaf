import type { CommandRun } from "../command.ts";
import { findRest } from "../find-peer.ts";
import { print } from "../output.ts";
import { gcLines } from "../text/health-text.ts";

export const runIpfsGc: CommandRun = async (input, context) => {
  const client = await findRest(input, context);
  const collected = await client.repoGc({ local: input.flag("local") });
  await print(collected, gcLines, { input, context });
};
