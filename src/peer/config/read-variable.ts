// The text of an environment variable as a value of service.json. IPFS Cluster's are read as its envconfig reads them
// (lists by commas, maps as name:value), and may be JSON too; objects and lists of ours are JSON.

import { goQuote, messageOf, parseGoBool, parseGoInteger } from "#lib";

import type { Variable } from "./environment.ts";
import { envconfigProblem, strconvProblem } from "./go-names.ts";
import { isEmpty } from "./go-reading.ts";
import type { Leaf, LeafKind } from "./leaf.ts";
import type { Problem } from "./problem.ts";
import { hiddenText } from "./secrets.ts";

/** A value, or none: an empty text where that means what is there already. */
interface Read {
  readonly value: unknown;
  readonly isUnset: boolean;
}

class UnreadableError extends Error {
  readonly expected: string;
  readonly goType: string;

  constructor(expected: string, goType: string, details: string) {
    super(details);
    this.expected = expected;
    this.goType = goType;
  }
}

/** Reads the value of a variable as what its setting holds. */
export function readVariable(name: string, text: string, { path, leaf }: Variable): Read | Problem {
  try {
    const isJson = ["list", "map", "json"].includes(leaf.kind) && /^\s*[[{]/.test(text);
    const value = isJson ? json(text) : readers[leaf.kind](text, leaf, path.at(-1) ?? "");
    return { value, isUnset: leaf.isEmptyDefault === true && isEmpty(value) };
  } catch (cause) {
    if (!(cause instanceof UnreadableError)) throw cause;
    const { expected, goType: type, message: details } = cause;
    const problem = `expected ${expected}, got `;
    // IPFS Cluster tells the value, whatever it is
    if (leaf.isSecret === true) return { path: [name], problem: problem + hiddenText };
    const goMessage = envconfigProblem(name, path.at(-1) ?? "", { value: text, type, details });
    return { path: [name], problem: `${problem}"${text}"`, goMessage };
  }
}

type Reader = (text: string, leaf: Leaf, key: string) => unknown;

const readers: Readonly<Record<LeafKind, Reader>> = {
  text: (text) => text,
  number: requireNumber,
  flag: requireFlag,
  list: (text) => (text.trim() === "" ? [] : text.split(",")),
  map: pairs,
  json: shape,
};

/** The keys that are neither lists nor plain maps; of ours, JSON. */
function shape(text: string, _leaf: Leaf, key: string): unknown {
  if (key === "secret") return text;
  if (key === "basic_auth_credentials") return text === "" ? null : pairs(text);
  if (key !== "headers") return json(text);
  return Object.fromEntries(Object.entries(pairs(text)).map(([name, one]) => [name, [one]]));
}

function pairs(text: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const pair of text.trim() === "" ? [] : text.split(",")) {
    const colon = pair.indexOf(":");
    if (colon < 0) {
      const details = `invalid map item: ${goQuote(pair)}`;
      throw new UnreadableError("name:value,name:value …", "map[string]string", details);
    }
    result[pair.slice(0, colon)] = pair.slice(colon + 1);
  }
  return result;
}

function requireNumber(text: string, leaf: Leaf): number {
  const type = leaf.goType ?? "int";
  const value = type === "float64" ? parseFloat64(text) : parseGoInteger(text);
  const isSigned = type === "uint64" && /^[+-]/.test(text);
  if (value !== undefined && !isSigned) return Number(value);
  throw new UnreadableError("a number", type, strconvProblem(type, text));
}

function parseFloat64(text: string): number | undefined {
  const value = /^\S+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isNaN(value) ? undefined : value;
}

function requireFlag(text: string): boolean {
  const value = parseGoBool(text);
  if (value !== undefined) return value;
  throw new UnreadableError("true or false", "bool", strconvProblem("bool", text));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnreadableError("JSON", "json", messageOf(cause));
  }
}
