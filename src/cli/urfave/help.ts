import { alignTabs } from "./align-tabs.ts";
import type { Command, Flag } from "./app.ts";
import { flagText } from "./flag-text.ts";
import { type NamedCommand, namesOf, type Scope } from "./scope.ts";

/** Help of the program, or of a level below it when `help` is asked there. */
export function appHelp(scope: Scope): string {
  const { version, description } = scope;
  const flags = visible(scope.flags);
  const call = `${scope.helpName} ${flags.length > 0 ? "[global options]" : ""} command [command options] ${argsOf(scope)}`;
  const options = flags.map(flagText).join("\n   ");
  return page([
    `NAME:\n   ${scope.name}${scope.usage === "" ? "" : ` - ${scope.usage}`}`,
    `USAGE:\n   ${call}`,
    version === "" ? "" : `VERSION:\n   ${version}`,
    description === "" ? "" : `DESCRIPTION:\n   ${description}`,
    commandList(scope),
    `GLOBAL OPTIONS:\n   ${options}`,
  ]);
}

/** Help of a command that has subcommands. */
export function subcommandHelp(scope: Scope): string {
  const flags = visible(scope.flags);
  const call = `${scope.helpName} command${flags.length > 0 ? " [command options]" : ""} ${argsOf(scope)}`;
  return page([
    `NAME:\n   ${scope.helpName} - ${scope.description || scope.usage}`,
    `USAGE:\n   ${call}`,
    commandList(scope),
    optionList(flags),
  ]);
}

/** Help of a command. */
export function commandHelp(command: NamedCommand): string {
  const flags = visible(command.flags ?? []);
  const { description = "" } = command;
  const call = `${command.helpName}${flags.length > 0 ? " [command options]" : ""} ${argsOf(command)}`;
  return page([
    `NAME:\n   ${command.helpName} - ${command.usage ?? ""}`,
    `USAGE:\n   ${call}`,
    description === "" ? "" : `DESCRIPTION:\n   ${description}`,
    optionList(flags),
  ]);
}

function page(parts: readonly string[]): string {
  return alignTabs(`${parts.filter((part) => part !== "").join("\n\n")}\n`);
}

function argsOf({ argsUsage = "" }: Pick<Command, "argsUsage">): string {
  return argsUsage === "" ? "[arguments...]" : argsUsage;
}

function commandList(scope: Scope): string {
  const lines = scope.listed
    .filter(({ isHidden }) => isHidden !== true)
    .map((command) => `\n   ${namesOf(command).join(", ")}\t${command.usage ?? ""}`);
  return `COMMANDS:${lines.join("")}`;
}

/** The template leaves the last line's indent behind. */
function optionList(flags: readonly Flag[]): string {
  if (flags.length === 0) return "";
  return `OPTIONS:\n   ${flags.map((flag) => `${flagText(flag)}\n   `).join("")}`;
}

function visible(flags: readonly Flag[]): readonly Flag[] {
  return flags.filter(({ isHidden }) => isHidden !== true);
}
