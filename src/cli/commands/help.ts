import type { CommandRun } from "../command.ts";
import { commands } from "../commands.ts";
import { UsageError } from "../errors.ts";
import { helpOf, helpOfAll } from "../help.ts";

export const runHelp: CommandRun = async (input, context) => {
  const name = input.arguments.join(" ");
  if (name === "") return context.write(helpOfAll(commands));
  const command = commands.find((one) => one.name === name);
  if (command !== undefined) return context.write(helpOf(command));
  const below = commands.filter((one) => one.name.startsWith(`${name} `));
  if (below.length === 0) throw new UsageError(`unknown command "${name}"`, "help");
  for (const one of below) await context.write(`${helpOf(one)}\n`);
};
