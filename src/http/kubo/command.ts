import type { KuboOutput } from "./output.ts";
import type { KuboRequest } from "./request.ts";

/** A command as data. Facts from Kubo 0.43's own command table. */
export interface KuboCommand {
  /** Below /api/v0: `pin/add`. */
  readonly path: string;
  readonly arguments?: readonly ArgumentDefinition[];
  readonly options?: readonly OptionDefinition[];
  readonly run: (request: KuboRequest, output: KuboOutput) => Promise<void>;
}

export interface ArgumentDefinition {
  readonly name: string;
  /** `text`: from `arg` in the query; `file`: from the multipart body. */
  readonly type: "text" | "file";
  readonly isRequired?: boolean;
  readonly isVariadic?: boolean;
  /** Whether missing text may come from the first file of the body, a line each. */
  readonly mayComeFromBody?: boolean;
}

export interface OptionDefinition {
  /** The name, then other names. */
  readonly names: readonly [string, ...string[]];
  readonly type: OptionType;
  readonly default?: boolean | number | string;
}

/** Go's names, which error messages show. An uint64 is read as a text of decimal digits, so that it stays exact. */
export type OptionType = "bool" | "int" | "int64" | "uint" | "uint64" | "string" | "array";

/** A required path or CID, which may come from the body. */
export function pathArgument(name: string, isVariadic: boolean): ArgumentDefinition {
  return { name, type: "text", isRequired: true, isVariadic, mayComeFromBody: true };
}

/** Required files. */
export function fileArgument(name: string): ArgumentDefinition {
  return { name, type: "file", isRequired: true, isVariadic: true };
}

export function bool(...names: [string, ...string[]]): OptionDefinition {
  return { names, type: "bool" };
}

export function boolTrue(...names: [string, ...string[]]): OptionDefinition {
  return { names, type: "bool", default: true };
}

export function int(...names: [string, ...string[]]): OptionDefinition {
  return { names, type: "int" };
}

export function text(...names: [string, ...string[]]): OptionDefinition {
  return { names, type: "string" };
}

/** Every command takes these. */
export const globalOptions: readonly OptionDefinition[] = [
  text("encoding", "enc"),
  bool("stream-channels"),
  text("timeout"),
  text("cid-base"),
  bool("upgrade-cidv0-in-output"),
  bool("offline"),
  bool("local", "L"),
  bool("debug", "D"),
  bool("help"),
  bool("h"),
  text("config", "c"),
  text("config-file"),
  text("repo-dir"),
  text("api"),
  text("api-auth"),
];
