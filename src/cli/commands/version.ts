import { programVersion } from "#peer";

import type { CommandRun } from "../command.ts";
import { print } from "../output.ts";

export const runVersion: CommandRun = async (input, context) => {
  const { version, commit, runtime } = programVersion();
  const toText = (): string => [`pinfold ${version}`, `commit ${commit}`, runtime].join("\n");
  await print({ version, commit, runtime }, toText, { input, context });
};
