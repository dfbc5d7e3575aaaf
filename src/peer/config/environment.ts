// Environment variables that stand for settings: CLUSTER_<COMPONENT>_<KEY> as IPFS Cluster names them (the section
// `cluster` has no component), PINFOLD_<SECTION>_<KEY> for our own. Keys in upper case without underscores.

import { nearest } from "#lib";

import { type Document, leavesOf, missingSection, withValue } from "./document.ts";
import type { Leaf } from "./leaf.ts";
import type { Problem } from "./problem.ts";
import { readVariable } from "./read-variable.ts";
import { ownSections, settingsSchema } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting and the variable that stands for it. */
export interface Variable {
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

/** Sections that are read and have no effect, so that a variable of theirs may miss them. */
const silentSections: ReadonlySet<string> = new Set(["consensus", "datastore"]);

/** A document with the environment laid over it. */
export interface Overlaid {
  readonly document: Document;
  /** Maps a path (joined by dots) to the variable that set it. */
  readonly names: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
  /** Values that cannot be read as what their key holds; the path is the variable's name. */
  readonly problems: readonly Problem[];
}

export function applyEnvironment(document: Document, environment: Environment): Overlaid {
  const given = Object.entries(environment).filter(
    ([name]) => /^(CLUSTER|PINFOLD)_/.test(name) && !otherVariables.has(name),
  );
  // most starts have none
  const variables = given.length === 0 ? new Map<string, Variable>() : knownVariables();
  const names = new Map<string, string>();
  const warnings: string[] = [];
  const problems: Problem[] = [];
  let result = document;
  for (const [name, value] of given) {
    if (value === undefined) continue;
    const variable = variables.get(name);
    const warning = warningOf(name, variable, { document, variables });
    if (warning !== undefined) warnings.push(warning);
    if (variable === undefined || isWithoutSection(variable, document)) continue;
    const read = readVariable(name, value, variable);
    if ("problem" in read) problems.push(read);
    else if (!read.isUnset) {
      result = withValue(result, variable.path, read.value);
      names.set(variable.path.join("."), name);
    }
  }
  return { document: result, names, warnings, problems };
}

function warningOf(
  name: string,
  variable: Variable | undefined,
  surroundings: {
    readonly document: Document;
    readonly variables: ReadonlyMap<string, Variable>;
  },
): string | undefined {
  if (variable === undefined) {
    const known = nearest(name, surroundings.variables.keys());
    const suggestion = known === undefined ? "" : `, did you mean ${known}?`;
    return `environment variable ${name} matches no setting${suggestion}`;
  }
  const missing = missingSection(settingsSchema, surroundings.document, variable.path);
  if (missing === undefined || silentSections.has(missing[0] ?? "")) return undefined;
  return `environment variable ${name} has no effect: there is no section ${missing.join(".")}`;
}

function isWithoutSection(variable: Variable, document: Document): boolean {
  return missingSection(settingsSchema, document, variable.path) !== undefined;
}

function knownVariables(): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const [path, leaf] of leavesOf(settingsSchema)) {
    variables.set(variableName(path), { path, leaf });
  }
  return variables;
}

/** The variable of a setting: `CLUSTER_RESTAPI_HTTPLISTENMULTIADDRESS` for api.restapi.http_listen_multiaddress. */
export function variableName(path: readonly string[]): string {
  const [section = ""] = path;
  const isOwn = ownSections.includes(section);
  const keys = isOwn || section === "cluster" ? path : path.slice(1);
  const words = keys.map((key) => key.replaceAll("_", "").toUpperCase());
  if (isOwn) return ["PINFOLD", ...words].join("_");
  return section === "cluster" ? words.join("_") : ["CLUSTER", ...words].join("_");
}
