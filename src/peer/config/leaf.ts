// The kinds of values in service.json: how each is written, checked and read. Every leaf carries its default, as the
// file writes it, and a description.

import { z } from "zod";

import { parseDuration, parseSize } from "#lib";

import { type ListenAddress, parseListenAddress } from "./listen-address.ts";

export type LeafKind = "text" | "number" | "flag" | "list" | "map" | "json";

export interface Leaf {
  /** How an environment variable spells the value. */
  readonly kind: LeafKind;
  /** As the file writes it. */
  readonly default: unknown;
  readonly description: string;
  /** Left out of a new file. */
  readonly isHidden: boolean;
}

export interface LeafOptions {
  readonly isHidden?: boolean;
}

// each schema is used once or twice: compiling it would cost more than it saves
z.config({ jitless: true });

/** A value with a default, whatever the file may write for it. */
export type LeafSchema<T> = z.ZodPrefault<z.ZodType<T>>;

export const leaves: z.core.$ZodRegistry<Leaf> = z.registry<Leaf>();

type Described = readonly [fallback: unknown, description: string, options?: LeafOptions];

function register<T>(inner: z.ZodType<T>, kind: LeafKind, about: Described): LeafSchema<T> {
  const [fallback, description, options] = about;
  const schema = inner.prefault(fallback);
  leaves.add(schema, {
    kind,
    default: fallback,
    description,
    isHidden: options?.isHidden ?? false,
  });
  return schema;
}

export function text(
  ...about: [fallback: string, description: string, options?: LeafOptions]
): LeafSchema<string> {
  return register(z.string(), "text", about);
}

export function flag(
  ...about: [fallback: boolean, description: string, options?: LeafOptions]
): LeafSchema<boolean> {
  return register(z.boolean(), "flag", about);
}

export function number(
  ...about: [fallback: number, description: string, options?: LeafOptions]
): LeafSchema<number> {
  return register(z.number(), "number", about);
}

/** A whole number of at least 0. */
export function count(
  ...about: [fallback: number, description: string, options?: LeafOptions]
): LeafSchema<number> {
  return register(z.int().min(0), "number", about);
}

/** -1 for everywhere, or a number of peers. */
export function factor(...about: [fallback: number, description: string]): LeafSchema<number> {
  return register(z.int().min(-1), "number", about);
}

/** `1m30s`; read as milliseconds. */
export function duration(
  ...about: [fallback: string, description: string, options?: LeafOptions]
): LeafSchema<number> {
  const schema = z.string().transform((given, context) => {
    const ms = parseDuration(given);
    if (ms !== undefined && ms >= 0) return ms;
    context.addIssue("no duration such as 1m30s");
    return z.NEVER;
  });
  return register(schema, "text", about);
}

/** A duration that is not zero. */
export function interval(
  ...about: [fallback: string, description: string, options?: LeafOptions]
): LeafSchema<number> {
  const schema = z.string().transform((given, context) => {
    const ms = parseDuration(given);
    if (ms !== undefined && ms > 0) return ms;
    context.addIssue("no duration over 0 such as 1m30s");
    return z.NEVER;
  });
  return register(schema, "text", about);
}

/** `10GB`; read as bytes. */
export function size(
  ...about: [fallback: string, description: string, options?: LeafOptions]
): LeafSchema<number> {
  const known = sizeText().transform((bytes) => bytes ?? 0);
  return register(known, "text", about);
}

/** `10GB`, or "" for what the description says; read as bytes or undefined. */
export function optionalSize(
  ...about: [fallback: string, description: string]
): LeafSchema<number | undefined> {
  return register(sizeText(""), "text", about);
}

/** `nothing` is the text that stands for undefined. */
function sizeText(nothing?: string): z.ZodType<number | undefined> {
  return z.string().transform((given, context) => {
    if (given === nothing) return undefined;
    const bytes = parseSize(given);
    if (bytes !== undefined) return bytes;
    context.addIssue("no size such as 10GB or 512MiB");
    return z.NEVER;
  });
}

export function choice<const T extends string>(
  values: readonly T[],
  ...about: [fallback: T, description: string, options?: LeafOptions]
): LeafSchema<T> {
  return register(z.enum(values), "text", about);
}

/** Several texts; one may stand without brackets, as IPFS Cluster writes it. */
export function list(
  ...about: [fallback: readonly string[], description: string, options?: LeafOptions]
): LeafSchema<readonly string[]> {
  const schema = z.preprocess(
    (given) => (typeof given === "string" ? [given] : given),
    z.array(z.string()).readonly(),
  );
  return register(schema, "list", about);
}

/** Like `list`, of multiaddrs. */
export function addresses(
  ...about: [fallback: readonly string[], description: string, options?: LeafOptions]
): LeafSchema<readonly string[]> {
  const address = z.string().startsWith("/", "no multiaddr: must begin with /");
  const schema = z.preprocess(
    (given) => (typeof given === "string" ? [given] : given),
    z.array(address).readonly(),
  );
  return register(schema, "list", about);
}

/** Where an HTTP listener binds; several are possible, none ("" or []) turns it off. */
export function listen(
  ...about: [fallback: string | readonly string[], description: string, options?: LeafOptions]
): LeafSchema<readonly ListenAddress[]> {
  const address = z.string().transform((given, context): ListenAddress => {
    const parsed = parseListenAddress(given);
    if (parsed !== undefined) return parsed;
    context.addIssue("no address to listen on such as /ip4/127.0.0.1/tcp/8080");
    return z.NEVER;
  });
  const schema = z.preprocess(
    (given) => (given === "" ? [] : typeof given === "string" ? [given] : given),
    z.array(address).readonly(),
  );
  return register(schema, "list", about);
}

export function map(
  ...about: [fallback: Readonly<Record<string, string>>, description: string]
): LeafSchema<Readonly<Record<string, string>>> {
  return register(z.record(z.string(), z.string()), "map", about);
}

/** A leaf with a shape of its own; in an environment variable it is JSON. */
export function shaped<T>(
  schema: z.ZodType<T>,
  ...about: [fallback: unknown, description: string, options?: LeafOptions]
): LeafSchema<T> {
  return register(schema, "json", about);
}
