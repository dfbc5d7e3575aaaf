// What is wrong with a document: all of it, not only the first thing.

import type { z } from "zod";

import { nearest } from "#lib";

import { InvalidConfigError } from "../errors.ts";
import { branchOf, type Document, isObject, valueAt, withValue } from "./document.ts";
import { type GoRefusal, type Leaf, leaves } from "./leaf.ts";
import type { Problem } from "./problem.ts";
import { findConflicts } from "./rules.ts";
import { hiddenText } from "./secrets.ts";
import { ownSections, type Settings, settingsSchema } from "./settings.ts";

/** A document, looked at. */
export interface Checked {
  /** Undefined when there are problems. */
  readonly settings: Settings | undefined;
  readonly problems: readonly Problem[];
  /** Unknown keys where they are no problem. */
  readonly unknown: readonly Problem[];
}

/** Reads a document and finds everything that is wrong with it. */
export function checkSettings(document: Document): Checked {
  const unknown = [...unknownKeys(document, settingsSchema, [])];
  const problems = unknown.filter(isOwn);
  const parsed = settingsSchema.safeParse(document);
  if (parsed.success) problems.push(...findConflicts(parsed.data));
  else problems.push(...wrongValues(parsed.error, document, problems));
  return {
    settings: parsed.success && problems.length === 0 ? parsed.data : undefined,
    problems,
    unknown: unknown.filter((key) => !isOwn(key)),
  };
}

/** Whether it is in a section of ours, where an unknown key is an error. */
function isOwn({ path }: Problem): boolean {
  return path.length > 1 && ownSections.includes(path[0] ?? "");
}

/**
 * Like `checkSettings`, for who needs the settings. `nameOf` gives the place that an error names, for a path of keys.
 * @throws {InvalidConfigError} for the first problem
 */
export function parseSettings(
  document: Document,
  nameOf: (path: readonly string[]) => string,
): { readonly settings: Settings; readonly warnings: readonly string[] } {
  const { settings, problems, unknown } = checkSettings(document);
  if (settings === undefined) throw errorOf(problems[0], nameOf);
  const warnings = unknown.map(({ path, problem }) => `${nameOf(path)}: ${problem}`);
  return { settings, warnings };
}

function errorOf(
  first: Problem | undefined,
  nameOf: (path: readonly string[]) => string,
): InvalidConfigError {
  const { path, problem, goMessage } = first ?? { path: [], problem: "wrong value" };
  return new InvalidConfigError(nameOf(path), problem, { goMessage });
}

/** The values that the schema refuses, and what the rules say of the others. */
function wrongValues(
  error: z.ZodError,
  document: Document,
  unknown: readonly Problem[],
): readonly Problem[] {
  const unread = error.issues.filter(({ code }) => code !== "unrecognized_keys");
  const problems = unread.map((issue) => problemOf(issue, document));
  let rest = document;
  for (const { path } of [...problems, ...unknown]) {
    rest = withValue(rest, leafOn(path).path, undefined);
  }
  const again = settingsSchema.safeParse(rest);
  const others = again.success ? [...findConflicts(again.data)] : [];
  const isTold = ({ path }: Problem): boolean =>
    problems.some((known) => known.path.join(".") === path.join("."));
  return [...problems, ...others.filter((other) => !isTold(other))];
}

function problemOf(issue: z.core.$ZodIssue, document: Document): Problem {
  const given = issue.path.map(String);
  const { path, leaf } = leafOn(given);
  // a single text stands for a list of one
  const isInside = valueAt(document, given) !== undefined;
  const value = valueAt(document, isInside ? given : path);
  const message = issue.message.replace(/^Invalid (input|option): /, "");
  const shown = isSecret(path) ? hiddenText : JSON.stringify(value);
  const goMessage = goMessageOf(issue, path, leaf);
  return {
    path: isInside ? given : path,
    problem: leaf === undefined ? message : `${message}, got ${shown}`,
    ...(goMessage === undefined ? {} : { goMessage }),
  };
}

function goMessageOf(
  issue: z.core.$ZodIssue,
  path: readonly string[],
  leaf: Leaf | undefined,
): string | undefined {
  if (ownSections.includes(path[0] ?? "")) return undefined;
  const place = (path[0] === "cluster" ? path : path.slice(1)).join(".");
  // decoding border: what the leaves put there
  const refusal: GoRefusal | undefined = issue.code === "custom" ? issue.params : undefined;
  if (refusal?.isOutOfRange === true) return leaf?.invalid ?? `${place} is invalid`;
  if (refusal?.unreadable === undefined) return undefined;
  return `${leaf?.unreadable ?? `error parsing ${place}`}: ${refusal.unreadable}`;
}

/** The leaf that a path leads to or into. */
function leafOn(given: readonly string[]): {
  readonly path: readonly string[];
  readonly leaf: Leaf | undefined;
} {
  let schema: unknown = settingsSchema;
  for (const [index, key] of given.entries()) {
    const child = branchOf(schema)?.[key];
    const leaf = child === undefined ? undefined : leaves.get(child);
    if (leaf !== undefined) return { path: given.slice(0, index + 1), leaf };
    schema = child;
  }
  return { path: given, leaf: undefined };
}

/** Whether what stands at a path is told to nobody: of a section, or an unknown key, there is no saying what it holds. */
export function isSecret(path: readonly string[]): boolean {
  const { leaf } = leafOn(path);
  return leaf === undefined || leaf.isSecret === true;
}

function* unknownKeys(
  value: unknown,
  schema: unknown,
  path: readonly string[],
): Generator<Problem> {
  const shape = branchOf(schema);
  if (shape === undefined || !isObject(value)) return;
  for (const [key, child] of Object.entries(value)) {
    const childSchema = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (childSchema !== undefined) yield* unknownKeys(child, childSchema, [...path, key]);
    else yield { path: [...path, key], problem: `unknown key${suggestion(key, shape)}` };
  }
}

function suggestion(key: string, shape: Readonly<Record<string, unknown>>): string {
  const known = nearest(key, Object.keys(shape));
  return known === undefined ? "" : `, did you mean "${known}"?`;
}
