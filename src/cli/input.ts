import { parseDuration } from "#lib";

import type { Command } from "./command.ts";

/** What was given on the command line, checked against the command's flags. */
export class Input {
  readonly command: Command;
  readonly arguments: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(
    command: Command,
    given: readonly string[],
    values: ReadonlyMap<string, readonly string[]>,
  ) {
    this.command = command;
    this.arguments = given;
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  flag(name: string): boolean {
    return this.text(name) === "true";
  }

  /** Undefined when it was not given. */
  optionalFlag(name: string): boolean | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : value === "true";
  }

  /** The last value given. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  texts(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : Number(value);
  }

  durationMs(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : parseDuration(value);
  }
}
