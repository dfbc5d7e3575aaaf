// Environment variables that stand for settings: CLUSTER_<COMPONENT>_<KEY> as IPFS Cluster names them (the section
// `cluster` has no component), PINFOLD_<SECTION>_<KEY> for our own. Keys in upper case without underscores.

import { nearest } from "#lib";

import { InvalidConfigError } from "../errors.ts";
import { type Document, leavesOf, withValue } from "./document.ts";
import type { Leaf, LeafKind } from "./leaf.ts";
import { ownSections, settingsSchema } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

interface Variable {
  readonly path: readonly string[];
  readonly leaf: Leaf;
}

/** Variables that are read elsewhere. */
const otherVariables: ReadonlySet<string> = new Set([
  "CLUSTER_ID",
  "CLUSTER_PRIVATEKEY",
  "CLUSTER_CREDENTIALS",
  "PINFOLD_PATH",
  "PINFOLD_TOKEN",
  "PINFOLD_LOG_LEVEL",
  "PINFOLD_EXECUTABLE",
]);

/**
 * Lays the environment over a document. `names` maps a path (joined by dots) to the variable that set it.
 * @throws {InvalidConfigError} when a value cannot be read as what its key holds
 */
export function applyEnvironment(
  document: Document,
  environment: Environment,
): {
  readonly document: Document;
  readonly names: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
} {
  const variables = knownVariables();
  const names = new Map<string, string>();
  const warnings: string[] = [];
  let result = document;
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !/^(CLUSTER|PINFOLD)_/.test(name)) continue;
    const variable = variables.get(name);
    if (variable !== undefined) {
      result = withValue(result, variable.path, readVariable(name, value, variable.leaf));
      names.set(variable.path.join("."), name);
    } else if (!otherVariables.has(name)) {
      warnings.push(
        `environment variable ${name} matches no setting${suggestion(name, variables)}`,
      );
    }
  }
  return { document: result, names, warnings };
}

function suggestion(name: string, variables: ReadonlyMap<string, Variable>): string {
  const known = nearest(name, variables.keys());
  return known === undefined ? "" : `, did you mean ${known}?`;
}

function knownVariables(): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const [path, leaf] of leavesOf(settingsSchema)) {
    variables.set(variableName(path), { path, leaf });
  }
  return variables;
}

/** The variable of a setting: `CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS` for api.restapi.http_listen_multiaddress. */
function variableName(path: readonly string[]): string {
  const [section = ""] = path;
  const isOwn = ownSections.includes(section);
  const keys = isOwn ? path : path.slice(1);
  const words = keys.map((key) => key.replaceAll("_", "").toUpperCase());
  return [isOwn ? "PINFOLD" : "CLUSTER", ...words].join("_");
}

function readVariable(name: string, value: string, leaf: Leaf): unknown {
  if (name.startsWith("PINFOLD_") && ["list", "map", "json"].includes(leaf.kind)) {
    return leaf.kind === "list" && !value.trimStart().startsWith("[") ? value : json(name, value);
  }
  return readers[leaf.kind](name, value);
}

const readers: Readonly<Record<LeafKind, (name: string, value: string) => unknown>> = {
  text: (_name, value) => value,
  number: requireNumber,
  flag: requireFlag,
  list: (_name, value) => (value === "" ? [] : value.split(",")),
  map: pairs,
  json: clusterShape,
};

/** The three keys of IPFS Cluster that are neither lists nor plain maps. */
function clusterShape(name: string, value: string): unknown {
  if (name === "CLUSTER_SECRET") return value;
  if (name.endsWith("_BASICAUTHCREDENTIALS")) return value === "" ? null : pairs(name, value);
  return Object.fromEntries(Object.entries(pairs(name, value)).map(([key, one]) => [key, [one]]));
}

function pairs(name: string, value: string): Record<string, string> {
  const result: Record<string, string> = {};
  for (const pair of value === "" ? [] : value.split(",")) {
    const colon = pair.indexOf(":");
    if (colon < 0) throw new InvalidConfigError(name, `expected name:value, got "${pair}"`);
    result[pair.slice(0, colon)] = pair.slice(colon + 1);
  }
  return result;
}

function requireNumber(name: string, value: string): number {
  const parsed = value.trim() === "" ? Number.NaN : Number(value);
  if (Number.isNaN(parsed)) throw new InvalidConfigError(name, `expected a number, got "${value}"`);
  return parsed;
}

function requireFlag(name: string, value: string): boolean {
  if (["true", "1", "t", "T", "TRUE", "True"].includes(value)) return true;
  if (["false", "0", "f", "F", "FALSE", "False"].includes(value)) return false;
  throw new InvalidConfigError(name, `expected true or false, got "${value}"`);
}

function json(name: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw new InvalidConfigError(name, `expected JSON, got "${value}"`, { cause });
  }
}
