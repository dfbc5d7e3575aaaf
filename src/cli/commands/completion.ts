import { nearest } from "#lib";

import type { CommandRun } from "../command.ts";
import { commands } from "../commands.ts";
import { bashCompletion, fishCompletion, zshCompletion } from "../completion-scripts.ts";
import { UsageError } from "../errors.ts";

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export const runCompletion: CommandRun = async (input, context) => {
  const [shell = ""] = input.arguments;
  if (shell === "bash" || shell === "zsh" || shell === "fish") {
    return context.write(shells[shell](commands));
  }
  const near = nearest(shell, Object.keys(shells));
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  throw new UsageError(`expected bash, zsh or fish, got "${shell}"${hint}`, "completion");
};
