import type { Command, Invocation } from "../urfave/index.ts";

/** Every command with its full name, one a line. */
export async function runCommands(invocation: Invocation): Promise<void> {
  const { name, commands } = invocation.scope;
  const lines = commands.flatMap((command) => namesBelow(command, name));
  await invocation.context.write(`${lines.join("\n")}\n`);
}

function namesBelow(command: Command, above: string): readonly string[] {
  const name = `${above} ${command.name}`;
  return [name, ...(command.subcommands ?? []).flatMap((below) => namesBelow(below, name))];
}
