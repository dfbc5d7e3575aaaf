import type { Input } from "./input.ts";

/** A flag: on or off, or with a value when `value` names one. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** Other long names. */
  readonly aliases?: readonly string[];
  /** What the value is, in capitals, for the help. */
  readonly value?: string;
  readonly summary: string;
  /** May be given several times. */
  readonly isRepeated?: boolean;
  readonly choices?: readonly string[];
  readonly isNumber?: boolean;
  /** A whole number, or an amount of time such as 1m30s. */
  readonly isDuration?: boolean;
}

export interface Argument {
  readonly name: string;
  readonly isOptional?: boolean;
  readonly isRepeated?: boolean;
  /** Shells complete file names. */
  readonly isFile?: boolean;
}

/** Where a command writes, and what surrounds it. */
export interface Context {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes text or bytes to stdout; resolves when there is room for more. */
  readonly write: (text: string | Uint8Array) => Promise<void>;
  /** Writes text to stderr. */
  readonly warn: (text: string) => void;
  /** Writes without waiting, and loses what nobody reads for long: for whoever runs on. */
  readonly log: Readonly<Record<"stdout" | "stderr", (text: string) => void>>;
  readonly isTerminal: {
    readonly stdin: boolean;
    readonly stdout: boolean;
    readonly stderr: boolean;
  };
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Asks for a line that is not shown; only where stdin is a terminal. */
  readonly readSecret: (prompt: string) => Promise<string>;
  readonly signal: AbortSignal;
}

export type CommandRun = (input: Input, context: Context) => Promise<void>;

/** A command as data: help, completion and documentation are made from it. */
export interface Command {
  /** With spaces: `pin add`. */
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly Argument[];
  readonly flags: readonly Flag[];
  /** Loads what the command needs, and no more. */
  readonly load: () => Promise<CommandRun>;
}
