import { nearest, parseDuration } from "#lib";

import type { Command, Flag } from "./command.ts";
import { UsageError } from "./errors.ts";
import { Input } from "./input.ts";

/**
 * Finds the command and reads its flags. Flags that every command has may stand before it or after it; after `--`
 * everything is an argument. Undefined without any command.
 * @throws {UsageError} naming what is wrong and the nearest thing that is right
 */
export function parseArguments(
  words: readonly string[],
  commands: readonly Command[],
  globalFlags: readonly Flag[],
): { readonly command: Command | undefined; readonly input: Input; readonly isHelp: boolean } {
  const reader = new Reader(words, globalFlags);
  const before = reader.readGlobalFlags();
  const command = before.isHelp ? undefined : reader.readCommand(commands);
  const target = command ?? nothing;
  reader.readRest(target);
  const input = new Input(target, reader.positional, reader.values);
  const isHelp = input.flag("help");
  if (command !== undefined && !isHelp) checkArguments(command, input);
  return { command, input, isHelp };
}

const nothing: Command = {
  name: "",
  summary: "",
  arguments: [{ name: "COMMAND", isOptional: true, isRepeated: true }],
  flags: [],
  load: () => Promise.reject(new Error("no command")),
};

class Reader {
  readonly values = new Map<string, string[]>();
  readonly positional: string[] = [];
  readonly #words: readonly string[];
  readonly #globalFlags: readonly Flag[];
  #at = 0;

  constructor(words: readonly string[], globalFlags: readonly Flag[]) {
    this.#words = words;
    this.#globalFlags = globalFlags;
  }

  readGlobalFlags(): { readonly isHelp: boolean } {
    while (isFlagWord(this.#words[this.#at])) this.#readFlag(this.#globalFlags, undefined);
    return { isHelp: this.values.has("help") };
  }

  /** The longest name that the next words make. */
  readCommand(commands: readonly Command[]): Command | undefined {
    const words = this.#words.slice(this.#at);
    if (words.length === 0) return undefined;
    const found = commands
      .filter(({ name }) => startsWith(words, name.split(" ")))
      .reduce<Command | undefined>(longerName, undefined);
    if (found === undefined) throw unknownCommand(words, commands);
    this.#at += found.name.split(" ").length;
    return found;
  }

  readRest(command: Command): void {
    const flags = [...command.flags, ...this.#globalFlags];
    while (this.#at < this.#words.length) {
      const word = this.#words[this.#at];
      if (word === "--") {
        this.positional.push(...this.#words.slice(this.#at + 1));
        return;
      }
      if (isFlagWord(word)) {
        this.#readFlag(flags, command.name === "" ? undefined : command.name);
      } else {
        this.positional.push(word ?? "");
        this.#at += 1;
      }
    }
  }

  #readFlag(flags: readonly Flag[], command: string | undefined): void {
    const word = this.#words[this.#at] ?? "";
    this.#at += 1;
    if (!word.startsWith("--") && word.length > 2 && word[2] !== "=") {
      this.#readShortFlags(word, flags, command);
      return;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const flag = flags.find((candidate) => spellings(candidate).includes(name));
    if (flag === undefined) throw unknownFlag(name, flags, command);
    const attached = equals < 0 ? undefined : word.slice(equals + 1);
    this.#store(flag, attached ?? this.#takeValue(flag, name, command), command);
  }

  /** `-rQ` is `-r -Q`; `-j5` is `-j 5`. */
  #readShortFlags(word: string, flags: readonly Flag[], command: string | undefined): void {
    for (let index = 1; index < word.length; index += 1) {
      const name = `-${word[index]}`;
      const flag = flags.find((candidate) => spellings(candidate).includes(name));
      if (flag === undefined) throw unknownFlag(name, flags, command);
      if (flag.value !== undefined) {
        const attached = word.slice(index + 1);
        this.#store(flag, attached || this.#takeValue(flag, name, command), command);
        return;
      }
      this.#store(flag, "true", command);
    }
  }

  #takeValue(flag: Flag, name: string, command: string | undefined): string {
    if (flag.value === undefined) return "true";
    const value = this.#words[this.#at];
    if (value === undefined)
      throw new UsageError(`flag ${name} needs a value: ${flag.value}`, command);
    this.#at += 1;
    return value;
  }

  #store(flag: Flag, value: string, command: string | undefined): void {
    const problem = problemOf(flag, value);
    if (problem !== undefined) {
      throw new UsageError(`flag --${flag.name}: ${problem}, got "${value}"`, command);
    }
    const known = flag.isRepeated === true ? (this.values.get(flag.name) ?? []) : [];
    this.values.set(flag.name, [
      ...known,
      flag.value === undefined ? String(isTrue(value)) : value,
    ]);
  }
}

function startsWith(words: readonly string[], name: readonly string[]): boolean {
  return name.every((word, index) => words[index] === word);
}

function longerName(one: Command | undefined, other: Command): Command {
  return one !== undefined && one.name.length > other.name.length ? one : other;
}

function isFlagWord(word: string | undefined): boolean {
  return word !== undefined && word.startsWith("-") && word !== "-" && word !== "--";
}

function isTrue(value: string): boolean {
  return ["true", "1", "t"].includes(value.toLowerCase());
}

function problemOf(flag: Flag, value: string): string | undefined {
  if (flag.value === undefined) {
    const isFlag = isTrue(value) || ["false", "0", "f"].includes(value.toLowerCase());
    return isFlag ? undefined : "expected true or false";
  }
  if (flag.isNumber === true && !/^-?\d+$/.test(value)) return "expected a whole number";
  if (flag.isDuration === true && parseDuration(value) === undefined) {
    return "expected an amount of time such as 1m30s";
  }
  if (flag.choices === undefined || flag.choices.includes(value)) return undefined;
  const near = nearest(value, flag.choices);
  const hint = near === undefined ? "" : ` (did you mean ${near}?)`;
  return `expected one of ${flag.choices.join(", ")}${hint}`;
}

/** Every way to write a flag. */
export function spellings(flag: Flag): readonly string[] {
  const long = [flag.name, ...(flag.aliases ?? [])].map((name) => `--${name}`);
  return flag.short === undefined ? long : [...long, `-${flag.short}`];
}

function unknownFlag(
  name: string,
  flags: readonly Flag[],
  command: string | undefined,
): UsageError {
  // one letter is near to every other
  const near = name.length > 2 ? nearest(name, flags.flatMap(spellings)) : undefined;
  const hint = near === undefined ? "" : `, did you mean ${near}?`;
  return new UsageError(`unknown flag ${name}${hint}`, command);
}

function unknownCommand(words: readonly string[], commands: readonly Command[]): UsageError {
  const names = commands.map(({ name }) => name);
  const group = groupOf(words, names);
  if (group.length === 0) {
    const [first = ""] = words;
    const near = nearest(first, new Set(names.flatMap((name) => [name, name.split(" ")[0] ?? ""])));
    return new UsageError(
      `unknown command "${first}"${near === undefined ? "" : `, did you mean "${near}"?`}`,
    );
  }
  const known = group.join(" ");
  const below = names.filter((name) => name.startsWith(`${known} `));
  const next = words[group.length];
  if (next === undefined || next.startsWith("-")) {
    return new UsageError(`"${known}" needs a subcommand: ${below.join(", ")}`);
  }
  const near = nearest(`${known} ${next}`, below) ?? below.join(", ");
  return new UsageError(`unknown command "${known} ${next}", did you mean "${near}"?`);
}

/** The first words, as many as have commands below them. */
function groupOf(words: readonly string[], names: readonly string[]): readonly string[] {
  const deepest = words.findIndex((_, at) => {
    const known = words.slice(0, at + 1).join(" ");
    return !names.some((name) => name.startsWith(`${known} `));
  });
  return deepest < 0 ? words : words.slice(0, deepest);
}

function checkArguments(command: Command, input: Input): void {
  const required = command.arguments.filter(({ isOptional }) => isOptional !== true);
  const missing = required[input.arguments.length];
  if (missing !== undefined) {
    throw new UsageError(`missing argument ${missing.name}`, command.name);
  }
  const isOpen = command.arguments.some(({ isRepeated }) => isRepeated === true);
  const extra = input.arguments[command.arguments.length];
  if (!isOpen && extra !== undefined) {
    throw new UsageError(`unexpected argument "${extra}"`, command.name);
  }
}
