// The configuration as it counts: every key, its value in the file's spelling, and who said so.

import { type Document, leavesOf, missingSection, valueAt, withValue } from "./document.ts";
import type { InspectedConfig } from "./load.ts";
import { shown } from "./secrets.ts";
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
