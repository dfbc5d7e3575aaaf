// The kinds of values in service.json: how each is written, checked and read. Every leaf carries its default, as the
// file writes it, and a description.

import { z } from "zod";

import { durationProblem, goQuote, parseDuration, parseSize } from "#lib";
import { multiaddrProblem } from "#model";

import { type ListenAddress, parseListenAddress } from "./listen-address.ts";

export type LeafKind = "text" | "number" | "flag" | "list" | "map" | "json";

export interface Leaf extends LeafOptions {
  /** How an environment variable spells the value. */
  readonly kind: LeafKind;
  /** What the value is, for people: `duration`, `size`, `addresses` … */
  readonly type: string;
  /** As the file writes it. */
  readonly default: unknown;
  readonly description: string;
}

interface LeafOptions {
  /** Left out of a new file, and by IPFS Cluster wherever it is the default. */
  readonly isHidden?: boolean;
  /** What IPFS Cluster takes when the section stands and the key does not; without: the default. */
  readonly absent?: unknown;
  /** An empty value (0, "", []) is the default, as in IPFS Cluster. */
  readonly isEmptyDefault?: boolean;
  /** IPFS Cluster's words for a value out of range; without: `… is invalid`. */
  readonly invalid?: string;
  /** IPFS Cluster's words before those of an address that cannot be read. */
  readonly unreadable?: string;
  /** The default in words, where it is not the same everywhere. */
  readonly defaultText?: string;
  /** A list of one is a list for IPFS Cluster too, where other addresses are written without brackets. */
  readonly isAlwaysList?: boolean;
  /** Told to nobody; of headers, only what looks like a token. */
  readonly isSecret?: boolean;
  /** How Go calls the type of a number; without: int. */
  readonly goType?: "uint64" | "float64";
}

export const hidden: LeafOptions = { isHidden: true };
export const emptyIsDefault: LeafOptions = { isEmptyDefault: true };
export const hiddenAndEmpty: LeafOptions = { ...hidden, ...emptyIsDefault };

/** Why IPFS Cluster would refuse a value: it cannot read it, in these words, or it is out of range. */
export interface GoRefusal {
  readonly unreadable?: string;
  readonly isOutOfRange?: boolean;
}

// each schema is used once or twice: compiling it would cost more than it saves
z.config({ jitless: true });

/** A value with a default, whatever the file may write for it. */
export type LeafSchema<T> = z.ZodPrefault<z.ZodType<T>>;

export const leaves: z.core.$ZodRegistry<Leaf> = z.registry<Leaf>();

type About<T> = [fallback: T, description: string, options?: LeafOptions];

function register<T>(
  inner: z.ZodType<T>,
  [kind, type]: readonly [LeafKind, string],
  [fallback, description, options = {}]: About<unknown>,
): LeafSchema<T> {
  const schema = inner.prefault(fallback);
  leaves.add(schema, { kind, type, default: fallback, description, ...options });
  return schema;
}

export function text(...about: About<string>): LeafSchema<string> {
  return register(z.string(), ["text", "text"], about);
}

export function flag(...about: About<boolean>): LeafSchema<boolean> {
  return register(z.boolean(), ["flag", "true or false"], about);
}

export function number(...about: About<number>): LeafSchema<number> {
  const [fallback, description, options] = about;
  return register(
    z.number(),
    ["number", "number"],
    [fallback, description, { goType: "float64", ...options }],
  );
}

function wholeNumber(min: number): z.ZodType<number> {
  const params: GoRefusal = { isOutOfRange: true };
  return z
    .int()
    .refine((given) => given >= min, { message: `expected ${min} or more`, params: { ...params } });
}

/** A whole number of at least 0. */
export function count(...about: About<number>): LeafSchema<number> {
  return register(wholeNumber(0), ["number", "whole number"], about);
}

/** A whole number of at least 1. */
export function positive(...about: About<number>): LeafSchema<number> {
  return register(wholeNumber(1), ["number", "whole number"], about);
}

/** -1 for everywhere, or a number of peers. */
export function factor(...about: About<number>): LeafSchema<number> {
  return register(wholeNumber(-1), ["number", "whole number"], about);
}

/** `1m30s`; read as milliseconds. */
export function duration(...about: About<string>): LeafSchema<number> {
  const expected = "no duration such as 1m30s";
  return register(
    durationText((ms) => ms >= 0, expected),
    ["text", "duration"],
    about,
  );
}

/** A duration that is not zero. */
export function interval(...about: About<string>): LeafSchema<number> {
  const expected = "no duration over 0 such as 1m30s";
  return register(
    durationText((ms) => ms > 0, expected),
    ["text", "duration"],
    about,
  );
}

function durationText(isGood: (ms: number) => boolean, message: string): z.ZodType<number> {
  return z.string().transform((given, context) => {
    const ms = parseDuration(given);
    if (ms !== undefined && isGood(ms)) return ms;
    const refusal: GoRefusal =
      ms === undefined ? { unreadable: durationProblem(given) } : { isOutOfRange: true };
    context.addIssue({ code: "custom", message, params: { ...refusal } });
    return z.NEVER;
  });
}

/** `10GB`, or a number of bytes; read as bytes. */
export function size(...about: About<string>): LeafSchema<number> {
  const known = sizeText().transform((bytes) => bytes ?? 0);
  return register(known, ["text", "size"], about);
}

/** Like `size`, or "" for what the description says, which is read as undefined. */
export function optionalSize(...about: About<string>): LeafSchema<number | undefined> {
  return register(sizeText(""), ["text", "size"], about);
}

/** `nothing` is the text that stands for undefined. */
function sizeText(nothing?: string): z.ZodType<number | undefined> {
  const written = z.preprocess(
    (given) => (typeof given === "number" ? String(given) : given),
    z.string(),
  );
  return written.transform((given, context) => {
    if (given === nothing) return undefined;
    const bytes = parseSize(given);
    if (bytes !== undefined) return bytes;
    context.addIssue("no size such as 10GB or 512MiB");
    return z.NEVER;
  });
}

export function choice<const T extends string>(
  values: readonly T[],
  ...about: About<T>
): LeafSchema<T> {
  const params: GoRefusal = { isOutOfRange: true };
  const expected = `expected one of ${values.map((value) => `"${value}"`).join("|")}`;
  const schema = z.string().transform((given, context): T => {
    const known = values.find((value) => value === given);
    if (known !== undefined) return known;
    context.addIssue({ code: "custom", message: expected, params: { ...params } });
    return z.NEVER;
  });
  return register(schema, ["text", values.map((value) => `\`${value}\``).join(", ")], about);
}

/** Several texts; one may stand without brackets, as IPFS Cluster writes it. */
export function list(...about: About<readonly string[]>): LeafSchema<readonly string[]> {
  const schema = z.preprocess(listOf, z.array(z.string()).readonly());
  return register(schema, ["list", "list"], about);
}

/** Like `list`, of multiaddrs. */
export function addresses(
  ...about: About<string | readonly string[]>
): LeafSchema<readonly string[]> {
  const schema = z.preprocess(listOf, z.array(multiaddrText()).readonly());
  return register(schema, ["list", "multiaddrs"], about);
}

/** One multiaddr. */
export function address(...about: About<string>): LeafSchema<string> {
  return register(multiaddrText(), ["text", "multiaddr"], about);
}

function multiaddrText(): z.ZodType<string> {
  return z.string().superRefine((given, context) => {
    const problem = multiaddrProblem(given);
    if (problem === undefined) return;
    const params: GoRefusal = {
      unreadable: `failed to parse multiaddr ${goQuote(given)}: ${problem}`,
    };
    context.addIssue({
      code: "custom",
      message: `no multiaddr: ${problem}`,
      params: { ...params },
    });
  });
}

/** Where an HTTP listener binds; several are possible, none ("" or []) turns it off. */
export function listen(
  ...about: About<string | readonly string[]>
): LeafSchema<readonly ListenAddress[]> {
  const one = multiaddrText().transform((given, context): ListenAddress => {
    const parsed = parseListenAddress(given);
    if (parsed !== undefined) return parsed;
    context.addIssue("no address to listen on such as /ip4/127.0.0.1/tcp/8080");
    return z.NEVER;
  });
  const schema = z.preprocess(listOf, z.array(one).readonly());
  return register(schema, ["list", "addresses to listen on"], about);
}

function listOf(given: unknown): unknown {
  if (given === "") return [];
  return typeof given === "string" ? [given] : given;
}

export function map(
  ...about: About<Readonly<Record<string, string>>>
): LeafSchema<Readonly<Record<string, string>>> {
  return register(z.record(z.string(), z.string()), ["map", "names and values"], about);
}

/** A leaf with a shape of its own; in an environment variable it is JSON. */
export function shaped<T>(
  schema: z.ZodType<T>,
  type: string,
  ...about: About<unknown>
): LeafSchema<T> {
  return register(schema, ["json", type], about);
}

/** A value that has no effect here, so it may be anything. */
export function unread(fallback: unknown, description: string): LeafSchema<unknown> {
  const kinds = { number: "number", boolean: "flag", string: "text" } as const;
  const type = typeof fallback;
  const kind = type === "number" || type === "boolean" || type === "string" ? kinds[type] : "json";
  const typeName = { number: "number", flag: "true or false", text: "text", json: "list" }[kind];
  return register(z.unknown(), [kind, typeName], [fallback, description]);
}
