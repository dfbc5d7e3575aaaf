import { BadParameterError } from "./errors.ts";

/** A whole number. An empty or missing parameter gives the fallback. @throws {BadParameterError} */
export function intParameter(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name) ?? "";
  if (text === "") return fallback;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new BadParameterError(`parameter ${name} invalid`);
  return value;
}

/** A boolean as Go's strconv.ParseBool takes it. @throws {BadParameterError} */
export function boolParameter(query: URLSearchParams, name: string, fallback: boolean): boolean {
  const text = query.get(name) ?? "";
  if (text === "") return fallback;
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return false;
  throw new BadParameterError(`parameter ${name} invalid`);
}

/** The items of a comma-separated parameter; none when it is missing or empty. */
export function listParameter(query: URLSearchParams, name: string): readonly string[] {
  const text = query.get(name) ?? "";
  return text === "" ? [] : text.split(",");
}
