// service.json as text and as plain values, before anything is checked.

import { readFile } from "node:fs/promises";

import { z } from "zod";

import { codeOf, readJson } from "#lib";

import { InvalidConfigError } from "../errors.ts";
import { type Leaf, leaves } from "./leaf.ts";

/** Plain JSON values in the file's spelling. */
export type Document = Readonly<Record<string, unknown>>;

/** The keys below a schema and their schemas; undefined for a leaf. */
export function branchOf(schema: unknown): Readonly<Record<string, z.core.$ZodType>> | undefined {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodPrefault) {
    if (leaves.has(inner)) return undefined;
    inner = inner.unwrap();
  }
  return inner instanceof z.ZodObject ? inner.shape : undefined;
}

/** Every leaf below a schema, with its path. */
export function* leavesOf(
  schema: unknown,
  path: readonly string[] = [],
): Generator<readonly [path: readonly string[], leaf: Leaf]> {
  const leaf = schema instanceof z.ZodType ? leaves.get(schema) : undefined;
  if (leaf !== undefined) yield [path, leaf];
  for (const [key, child] of Object.entries(branchOf(schema) ?? {})) {
    yield* leavesOf(child, [...path, key]);
  }
}

/** A new document: every default that is not hidden. */
export function defaultDocument(schema: unknown): Document {
  let document: Document = {};
  for (const [path, leaf] of leavesOf(schema)) {
    if (!leaf.isHidden) document = withValue(document, path, leaf.default);
  }
  return document;
}

/** The document with one value set; `undefined` takes the key away. */
export function withValue(document: Document, path: readonly string[], value: unknown): Document {
  const [key, ...rest] = path;
  if (key === undefined) return document;
  if (rest.length > 0) {
    const inner = document[key];
    return { ...document, [key]: withValue(isObject(inner) ? inner : {}, rest, value) };
  }
  if (value !== undefined) return { ...document, [key]: value };
  const { [key]: _gone, ...others } = document;
  return others;
}

/** What stands at a path; undefined when nothing does. */
export function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const key of path) {
    if (!isObject(value) && !Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  }
  return value;
}

export function isObject(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads the file; undefined when there is none. @throws {InvalidConfigError} when it is no JSON object */
export async function readDocument(path: string): Promise<Document | undefined> {
  let written: string;
  try {
    written = await readFile(path, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw cause;
  }
  return parseDocument(path, written);
}

/** Reads the text of a configuration; `place` is what an error names. @throws {InvalidConfigError} */
export function parseDocument(place: string, written: string): Document {
  // JSON.parse would tell the word that it stops at, which may be a secret
  const value = readJson(written, "whole", (goMessage) => {
    throw new InvalidConfigError(place, `no valid JSON: ${goMessage}`, { goMessage });
  });
  if (!isObject(value)) throw new InvalidConfigError(place, "no JSON object");
  return value;
}

/** The path of the first section on the way to a key that may be missing and is. */
export function missingSection(
  schema: unknown,
  document: Document,
  path: readonly string[],
): readonly string[] | undefined {
  let inner = schema;
  for (const [index, key] of path.slice(0, -1).entries()) {
    inner = branchOf(inner)?.[key];
    const section = path.slice(0, index + 1);
    if (inner instanceof z.ZodOptional && valueAt(document, section) === undefined) return section;
  }
  return undefined;
}
