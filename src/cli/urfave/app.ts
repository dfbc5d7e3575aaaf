// A command line as data, as github.com/urfave/cli 1.22 takes it.

import type { Invocation } from "./invocation.ts";

export type FlagKind = "bool" | "string" | "int" | "uint64" | "duration" | "strings";

export interface Flag {
  /** All its names, the main one first. Those of one letter are written with one dash in the help. */
  readonly names: readonly [string, ...string[]];
  readonly kind: FlagKind;
  /** A word in backquotes stands for the value in the help. */
  readonly usage?: string;
  /** The default, as it would be typed. */
  readonly value?: string;
  /** Environment variables that set the default; the first that exists counts. */
  readonly environment?: readonly string[];
  readonly isHidden?: boolean;
}

/**
 * What a command does. An ExitError ends the program with its code and message, a SilentFailure with the App's
 * `failureCode`; anything else is a bug.
 */
export type Action = (invocation: Invocation) => Promise<void>;

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly usage?: string;
  readonly argsUsage?: string;
  readonly description?: string;
  readonly flags?: readonly Flag[];
  readonly subcommands?: readonly Command[];
  readonly isHidden?: boolean;
  /** Runs before the action and before subcommands. */
  readonly before?: Action;
  /** Default: the help. */
  readonly action?: Action;
}

export interface App {
  readonly name: string;
  readonly usage: string;
  readonly version: string;
  readonly description?: string;
  readonly argsUsage?: string;
  readonly flags: readonly Flag[];
  readonly commands: readonly Command[];
  readonly before?: Action;
  /** When no command is named, or none that exists. Default: the help. */
  readonly action?: Action;
  /** Exit code after a wrong use: what the program's `main` makes of an error. */
  readonly failureCode: 0 | 1;
}
