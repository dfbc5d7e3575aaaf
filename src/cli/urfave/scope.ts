import type { Action, App, Command, Flag } from "./app.ts";

/** A command with the name under which its help tells of it. */
export interface NamedCommand extends Command {
  readonly helpName: string;
}

/** A level of commands: the program, or a command that has subcommands. */
export interface Scope {
  readonly name: string;
  readonly helpName: string;
  readonly usage: string;
  readonly argsUsage: string;
  readonly description: string;
  readonly version: string;
  readonly commands: readonly NamedCommand[];
  /** Those that the help lists; on lower levels without `help`. */
  readonly listed: readonly Command[];
  readonly flags: readonly Flag[];
  readonly before: Action | undefined;
  readonly action: Action | undefined;
}

export const helpFlag: Flag = { names: ["help", "h"], kind: "bool", usage: "show help" };
const versionFlag: Flag = { names: ["version", "v"], kind: "bool", usage: "print the version" };

const helpCommand: Command = {
  name: "help",
  aliases: ["h"],
  usage: "Shows a list of commands or help for one command",
  argsUsage: "[command]",
  action: (invocation) => {
    const [topic] = invocation.words;
    return topic === undefined ? invocation.showAppHelp() : invocation.showCommandHelp(topic);
  },
};

/** The program's own level. */
export function rootScope(app: App): Scope {
  const commands = [
    ...app.commands.map((command) => named(command, app.name)),
    { ...helpCommand, helpName: "" },
  ];
  return {
    name: app.name,
    helpName: app.name,
    usage: app.usage,
    argsUsage: app.argsUsage ?? "",
    description: app.description ?? "",
    version: app.version,
    commands,
    listed: commands,
    flags: [...app.flags, helpFlag, versionFlag],
    before: app.before,
    action: app.action,
  };
}

/** The level below a command with subcommands. */
export function scopeBelow(parent: Scope, command: Command): Scope {
  const name = `${parent.name} ${command.name}`;
  const listed = command.subcommands ?? [];
  return {
    name,
    helpName: name,
    usage: command.usage ?? "",
    argsUsage: command.argsUsage ?? "",
    description: command.description ?? "",
    version: parent.version,
    commands: [...listed, helpCommand].map((below) => named(below, name)),
    listed,
    flags: [...(command.flags ?? []), helpFlag],
    before: command.before,
    action: command.action,
  };
}

export function findCommand(scope: Scope, name: string): NamedCommand | undefined {
  return scope.commands.find((command) => namesOf(command).includes(name));
}

export function namesOf(command: Command): readonly string[] {
  return [command.name, ...(command.aliases ?? [])];
}

function named(command: Command, above: string): NamedCommand {
  return { ...command, helpName: `${above} ${command.name}` };
}
