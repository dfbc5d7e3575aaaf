import type { Argument, Command, Flag } from "./command.ts";
import { globalFlags } from "./flags.ts";

const widthMax = 120;

/** What `pinfold help` prints. */
export function helpOfAll(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return [
    "pinfold: an IPFS node, an IPFS Cluster peer and a gateway in one",
    "",
    "Usage: pinfold [flags] COMMAND [flags] [arguments]",
    "",
    "Commands:",
    ...table(rows),
    "",
    "Flags of every command:",
    ...table(globalFlags.map(flagRow)),
    "",
    "`pinfold help COMMAND` shows a command's own flags. Exit codes: 0 done, 1 failed, 2 wrong usage.",
    "",
  ].join("\n");
}

/** What `pinfold help COMMAND` prints. */
export function helpOf(command: Command): string {
  const own =
    command.flags.length === 0 ? [] : ["", "Flags:", ...table(command.flags.map(flagRow))];
  return [
    `pinfold ${command.name}: ${command.summary}`,
    "",
    `Usage: ${usageOf(command)}`,
    ...own,
    "",
    "Flags of every command:",
    ...table(globalFlags.map(flagRow)),
    "",
  ].join("\n");
}

function usageOf(command: Command): string {
  const flags = command.flags.length === 0 ? [] : ["[flags]"];
  return ["pinfold", command.name, ...flags, ...command.arguments.map(argumentText)].join(" ");
}

function argumentText({ name, isOptional, isRepeated }: Argument): string {
  const text = isRepeated === true ? `${name}…` : name;
  return isOptional === true ? `[${text}]` : text;
}

function flagRow(flag: Flag): readonly [string, string] {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const names = [flag.name, ...(flag.aliases ?? [])].map((name) => `--${name}`).join(", ");
  return [`${short}${names}${flag.value === undefined ? "" : ` ${flag.value}`}`, flag.summary];
}

function table(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.min(36, Math.max(...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const pad = " ".repeat(width + 4);
    const lines = wrap(right, widthMax - pad.length);
    if (left.length > width) return [`  ${left}`, ...lines.map((line) => pad + line)];
    return lines.map((line, index) =>
      index === 0 ? `  ${left.padEnd(width)}  ${line}` : pad + line,
    );
  });
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length >= width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
