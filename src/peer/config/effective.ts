// The configuration as it counts: every key, its value in the file's spelling, and who said so.

import {
  type Document,
  isObject,
  leavesOf,
  missingSection,
  valueAt,
  withValue,
} from "./document.ts";
import type { Leaf } from "./leaf.ts";
import type { InspectedConfig } from "./load.ts";
import { hiddenText } from "./problem.ts";
import { settingsSchema } from "./settings.ts";

/** A key and its value, secrets hidden. */
export interface EffectiveValue {
  /** `cluster.peername` */
  readonly key: string;
  readonly value: unknown;
  /** `default`, `file`, or the name of a variable. */
  readonly source: string;
}

/** Every key of every section that counts. Sections that may be missing and are have none. */
export function effectiveValues(inspected: InspectedConfig): readonly EffectiveValue[] {
  const { document, written, variables } = inspected;
  const values: EffectiveValue[] = [];
  for (const [path, leaf] of leavesOf(settingsSchema)) {
    // what has no effect is not told
    if (path[0] === "datastore" || path[1] === "raft") continue;
    if (missingSection(settingsSchema, document, path) !== undefined) continue;
    const key = path.join(".");
    const isSet = valueAt(written, path) !== undefined;
    values.push({
      key,
      value: shown(path, valueAt(document, path) ?? leaf.default, leaf),
      source: variables.get(key) ?? (isSet ? "file" : "default"),
    });
  }
  return values;
}

/** The same as a document. */
export function effectiveDocument(values: readonly EffectiveValue[]): Document {
  let document: Document = {};
  for (const { key, value } of values) document = withValue(document, key.split("."), value);
  return document;
}

/** Of headers, most are no secret. */
function shown(path: readonly string[], value: unknown, leaf: Leaf): unknown {
  const isHeaders = path.at(-1) === "headers";
  if (isHeaders && isObject(value)) return mapValues(value, hideToken);
  if (leaf.isSecret !== true || value === "" || value === null) return value;
  return isObject(value) ? mapValues(value, () => hiddenText) : hiddenText;
}

function mapValues(
  document: Document,
  change: (name: string, value: unknown) => unknown,
): Document {
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => [name, change(name, value)]),
  );
}

const tokenNames = /auth|token|secret|cookie|password|credential|api-?key/i;
const tokenValues = /^(?:bearer|basic|token)\s|^eyJ[\w-]+\.|^[\w+/=-]{32,}$/i;

/** Values of headers that look like a token are told to nobody. */
function hideToken(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => hideToken(name, one));
  const isToken = tokenNames.test(name) || tokenValues.test(String(value));
  return isToken ? hiddenText : value;
}
