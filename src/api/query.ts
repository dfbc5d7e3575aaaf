import { parseGoBool } from "#lib";

import { BadParameterError } from "./errors.ts";

/** A whole number. Undefined when it is empty or missing. @throws {BadParameterError} */
export function intParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new BadParameterError(`parameter ${name} invalid`);
  return value;
}

/** A boolean as Go's strconv.ParseBool takes it; undefined when it is empty or missing. @throws {BadParameterError} */
export function boolParameter(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name) ?? "";
  if (text === "") return undefined;
  const value = parseGoBool(text);
  if (value === undefined) throw new BadParameterError(`parameter ${name} invalid`);
  return value;
}

/** The items of a comma-separated parameter; none when it is missing or empty. */
export function listParameter(query: URLSearchParams, name: string): readonly string[] {
  const text = query.get(name) ?? "";
  return text === "" ? [] : text.split(",");
}
