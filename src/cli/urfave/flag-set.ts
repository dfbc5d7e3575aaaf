import { goQuote } from "#lib";

import type { Flag } from "./app.ts";
import { SilentFailure } from "./errors.ts";
import { parseFlagValue } from "./flag-values.ts";

type Environment = Readonly<Record<string, string | undefined>>;

interface Cell {
  readonly flag: Flag;
  values: readonly string[];
}

/**
 * The flags of one level of a command line, read by the rules of Go's `flag` package: one dash or two, `-f=x`, the first
 * word that is no flag ends them, and so does `--`. Aliases are flags of their own until `normalize`.
 */
export class FlagSet {
  /** What is left after the flags. */
  words: readonly string[] = [];
  readonly #flags: readonly Flag[];
  readonly #environment: Environment;
  readonly #cells = new Map<string, Cell>();
  readonly #given = new Set<string>();

  /** @throws {SilentFailure} when an environment variable's value cannot be read */
  constructor(flags: readonly Flag[], environment: Environment) {
    this.#flags = flags;
    this.#environment = environment;
    for (const flag of flags) {
      const first = defaultOf(flag, environment);
      const shared: Cell = { flag, values: first };
      for (const name of flag.names) {
        this.#cells.set(name, flag.kind === "strings" ? shared : { flag, values: first });
      }
    }
  }

  /** Reads the words; answers what is wrong with them, in Go's words. */
  parse(words: readonly string[]): string | undefined {
    let rest = words;
    for (;;) {
      const [word = ""] = rest;
      if (word.length < 2 || !word.startsWith("-")) break;
      rest = rest.slice(1);
      if (word === "--") break;
      const read = this.#parseOne(word, rest);
      if (typeof read === "string") {
        this.words = rest;
        return read;
      }
      rest = read;
    }
    this.words = rest;
    return undefined;
  }

  /** Gives all names of a flag the value that one of them got; answers what is wrong. */
  normalize(): string | undefined {
    const given = new Set(this.#given);
    for (const { names } of this.#flags) {
      const [first, second] = names.filter((name) => given.has(name));
      if (first === undefined) continue;
      if (second !== undefined) return `Cannot use two forms of the same flag: ${second} ${first}`;
      const values = this.#cells.get(first)?.values ?? [];
      for (const name of names) {
        const cell = this.#cells.get(name);
        if (cell !== undefined) cell.values = values;
        this.#given.add(name);
      }
    }
    return undefined;
  }

  has(name: string): boolean {
    return this.#cells.has(name);
  }

  /** Whether it was given, or comes from the environment. */
  isSet(name: string): boolean {
    const variables = this.#cells.get(name)?.flag.environment ?? [];
    return this.#given.has(name) || variables.some((key) => this.#environment[key] !== undefined);
  }

  values(name: string): readonly string[] {
    return this.#cells.get(name)?.values ?? [];
  }

  #parseOne(word: string, rest: readonly string[]): readonly string[] | string {
    const body = word.slice(word.startsWith("--") ? 2 : 1);
    if (/^(?:[-=]|$)/.test(body)) return `bad flag syntax: ${word}`;
    const equals = body.indexOf("=");
    const name = equals < 0 ? body : body.slice(0, equals);
    const attached = equals < 0 ? undefined : body.slice(equals + 1);
    const cell = this.#cells.get(name);
    if (cell === undefined) {
      const isHelp = name === "help" || name === "h";
      return isHelp ? "flag: help requested" : `flag provided but not defined: -${name}`;
    }
    const isBool = cell.flag.kind === "bool";
    const value = attached ?? (isBool ? "true" : rest[0]);
    if (value === undefined) return `flag needs an argument: -${name}`;
    const problem = this.#set(cell, name, value);
    if (problem !== undefined) {
      const [what, where] = isBool ? ["boolean value", "-"] : ["value", "flag -"];
      return `invalid ${what} ${goQuote(value)} for ${where}${name}: ${problem}`;
    }
    return attached === undefined && !isBool ? rest.slice(1) : rest;
  }

  #set(cell: Cell, name: string, text: string): string | undefined {
    const read = parseFlagValue(cell.flag.kind, text);
    if ("problem" in read) return read.problem;
    cell.values = cell.flag.kind === "strings" ? [...cell.values, read.value] : [read.value];
    this.#given.add(name);
    return undefined;
  }
}

function defaultOf(flag: Flag, environment: Environment): readonly string[] {
  const variable = flag.environment?.find((name) => environment[name] !== undefined);
  const text = variable === undefined ? flag.value : environment[variable];
  if (text === undefined || (flag.kind === "bool" && text === "")) return [];
  if (flag.kind === "strings") return text.split(",").map((item) => item.trim());
  const read = parseFlagValue(flag.kind, text);
  if ("value" in read) return [read.value];
  const problem = `could not parse ${text} as ${flag.kind} value for flag ${flag.names.join(", ")}`;
  throw new SilentFailure(problem);
}
