import { parseDuration } from "#lib";

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
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return { value: "true" };
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return { value: "false" };
  return parseError;
}

/** Go's base 0: `0x`, `0o`, `0b`, a leading 0 for octal, and `_` between digits. */
const whole =
  /^([+-]?)(?:(0|[1-9](?:_?\d)*)|0[oO]?((?:_?[0-7])+)|0[xX]((?:_?[\da-fA-F])+)|0[bB]((?:_?[01])+))$/;

function parseWhole(
  text: string,
  range: { readonly min: bigint; readonly max: bigint },
): FlagValue {
  const match = whole.exec(text);
  if (match === null) return parseError;
  const [, sign, decimal, octal, hex, binary] = match;
  const digits = [decimal, octal && `0o${octal}`, hex && `0x${hex}`, binary && `0b${binary}`];
  const size = BigInt((digits.find((found) => found) ?? "0").replaceAll("_", ""));
  const value = sign === "-" ? -size : size;
  if (value < range.min || value > range.max) return { problem: "value out of range" };
  return { value: value.toString() };
}
