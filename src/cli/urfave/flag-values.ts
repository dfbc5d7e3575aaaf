import { parseDuration, parseGoBool, parseGoInteger } from "#lib";

import type { FlagKind } from "./app.ts";

/** A value in the one spelling that is kept, or what Go's `flag` package says about it. */
export type FlagValue = { readonly value: string } | { readonly problem: string };

const parseError = { problem: "parse error" } as const;

const parsers: Readonly<Record<FlagKind, (text: string) => FlagValue>> = {
  bool: parseBool,
  int: (text) => parseWhole(text, { min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint64: (text) =>
    /^[+-]/.test(text) ? parseError : parseWhole(text, { min: 0n, max: 2n ** 64n - 1n }),
  duration: (text) => (parseDuration(text) === undefined ? parseError : { value: text }),
  string: (text) => ({ value: text }),
  strings: (text) => ({ value: text }),
};

/** Reads a flag's value as Go does; whole numbers become decimal, truth `true` or `false`. */
export function parseFlagValue(kind: FlagKind, text: string): FlagValue {
  return parsers[kind](text);
}

function parseBool(text: string): FlagValue {
  const value = parseGoBool(text);
  return value === undefined ? parseError : { value: String(value) };
}

function parseWhole(
  text: string,
  range: { readonly min: bigint; readonly max: bigint },
): FlagValue {
  const value = parseGoInteger(text);
  if (value === undefined) return parseError;
  if (value < range.min || value > range.max) return { problem: "value out of range" };
  return { value: value.toString() };
}
