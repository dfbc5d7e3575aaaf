import { parseGoInteger } from "#lib";

import type { OptionDefinition, OptionType } from "./command.ts";
import { RefusedError } from "./errors.ts";

export type OptionValue = boolean | number | string | readonly string[];

/**
 * Options of a query by their first name. Unknown keys are left out; of two names of one option the later counts.
 * @throws {RefusedError} worded as go-ipfs-cmds 0.16
 */
export function readOptions(
  query: URLSearchParams,
  definitions: ReadonlyMap<string, OptionDefinition>,
): Map<string, OptionValue> {
  const values = new Map<string, OptionValue>();
  for (const key of new Set(query.keys())) {
    const definition = definitions.get(key);
    if (definition === undefined || key === "arg") continue;
    const [name] = definition.names;
    const texts = query.getAll(key);
    if (definition.type === "array") values.set(name, texts);
    else if (texts.length > 1) {
      const reason = `expected key ${name} to have only a single value, received [${texts.join(" ")}]`;
      throw new RefusedError(400, reason);
    } else values.set(name, convert(definition, texts[0] ?? ""));
  }
  return values;
}

function convert({ names, type }: OptionDefinition, value: string): OptionValue {
  const converted = converters[type](value);
  if (converted !== undefined) return converted;
  const shown = value === "" ? "empty value" : `value ${JSON.stringify(value)}`;
  const reason = `could not convert ${shown} to type "${type}" (for option "-${names[0]}")`;
  throw new RefusedError(400, reason);
}

const converters: Readonly<Record<OptionType, (value: string) => OptionValue | undefined>> = {
  bool: (value) => booleans.get(value.toLowerCase()),
  int: (value) => integer(value, -(2n ** 31n), 2n ** 31n),
  int64: (value) => integer(value, -(2n ** 63n), 2n ** 63n),
  uint: (value) => (/^[+-]/.test(value) ? undefined : integer(value, 0n, 2n ** 32n)),
  uint64: (value) =>
    /^[+-]/.test(value) ? undefined : exactInteger(value, 0n, 2n ** 64n)?.toString(),
  string: (value) => value,
  array: (value) => [value],
};

const booleans = new Map([
  ["", true],
  ["1", true],
  ["t", true],
  ["true", true],
  ["0", false],
  ["f", false],
  ["false", false],
]);

function exactInteger(value: string, least: bigint, limit: bigint): bigint | undefined {
  const number = parseGoInteger(value);
  return number !== undefined && number >= least && number < limit ? number : undefined;
}

function integer(value: string, least: bigint, limit: bigint): number | undefined {
  const exact = exactInteger(value, least, limit);
  return exact === undefined ? undefined : Number(exact);
}
