import { parseDuration } from "#lib";

import type { Context } from "../command.ts";
import { ExitError } from "./errors.ts";
import type { FlagSet } from "./flag-set.ts";
import { appHelp, commandHelp, subcommandHelp } from "./help.ts";
import { findCommand, type Scope } from "./scope.ts";

export interface InvocationParts {
  readonly context: Context;
  readonly scope: Scope;
  readonly flags: FlagSet;
  readonly parent: Invocation | undefined;
}

/** What was typed at one level of the command line, and where to print. */
export class Invocation {
  readonly context: Context;
  /** The level of commands on which it stands. */
  readonly scope: Scope;
  readonly parent: Invocation | undefined;
  readonly #flags: FlagSet;

  constructor({ context, scope, flags, parent }: InvocationParts) {
    this.context = context;
    this.scope = scope;
    this.parent = parent;
    this.#flags = flags;
  }

  /** The arguments. */
  get words(): readonly string[] {
    return this.#flags.words;
  }

  /** Empty when it was not given and has no default. */
  string(name: string): string {
    return this.#flags.values(name).at(-1) ?? "";
  }

  /** All values given; one empty one is dropped, unless it is alone. */
  strings(name: string): readonly string[] {
    const values = this.#flags.values(name);
    return values.length === 1
      ? values
      : values.toSpliced(values.indexOf(""), values.includes("") ? 1 : 0);
  }

  bool(name: string): boolean {
    return this.string(name) === "true";
  }

  int(name: string): number {
    return Number(this.string(name));
  }

  durationMs(name: string): number {
    return parseDuration(this.string(name)) ?? 0;
  }

  isSet(name: string): boolean {
    return this.#flags.isSet(name);
  }

  /** The value on the nearest level above that has such a flag. */
  globalString(name: string): string {
    return this.#above(name)?.string(name) ?? "";
  }

  globalBool(name: string): boolean {
    return this.globalString(name) === "true";
  }

  async showAppHelp(): Promise<void> {
    await this.context.write(appHelp(this.scope));
  }

  /** Of a command on this level; of the level itself when the name is empty. @throws {ExitError} 3 when there is none */
  async showCommandHelp(name: string): Promise<void> {
    if (name === "") return this.context.write(subcommandHelp(this.scope));
    const command = findCommand(this.scope, name);
    if (command === undefined) throw new ExitError(`No help topic for '${name}'`, 3);
    await this.context.write(commandHelp(command));
  }

  #above(name: string): Invocation | undefined {
    let level: Invocation | undefined = this.parent ?? this;
    while (level !== undefined && !level.#flags.has(name)) level = level.parent;
    return level;
  }
}
