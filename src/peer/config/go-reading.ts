// A file of IPFS Cluster says some things by leaving them out: a key that is missing from a section that stands is not
// always the default, and an empty value often is. Here a document is turned into one that says the same in full.

import { branchOf, type Document, isObject, valueAt, withValue } from "./document.ts";
import { leaves } from "./leaf.ts";
import { goSections, settingsSchema } from "./settings.ts";

/** The document with what IPFS Cluster takes for keys that are missing, null or empty in its sections. */
export function readAsGo(document: Document): Document {
  const entries = Object.entries(document).flatMap(([section, value]) => {
    if (!goSections.includes(section)) return [[section, value] as const];
    // null is what is not there
    if (value === null) return [];
    return [[section, readBranch(value, branchOf(settingsSchema)?.[section])] as const];
  });
  return withAllocator(trustNobodyInRaft(Object.fromEntries(entries)));
}

/** Files that are older than the section have no tags. */
function withAllocator(document: Document): Document {
  const path = ["allocator", "balanced"];
  if (valueAt(document, path) !== undefined) return document;
  return withValue(document, path, { allocate_by: ["freespace"] });
}

/** Whether it is a configuration of raft, which runs here as CRDT. */
export function isRaftConfig(document: Document): boolean {
  const [crdt, raft] = ["crdt", "raft"].map((name) => valueAt(document, ["consensus", name]));
  return isObject(raft) && !isObject(crdt);
}

/** A configuration of raft names nobody who might change the pinset of CRDT. */
function trustNobodyInRaft(document: Document): Document {
  if (!isRaftConfig(document)) return document;
  return withValue(document, ["consensus", "crdt", "trusted_peers"], []);
}

function readBranch(value: unknown, schema: unknown): unknown {
  const shape = branchOf(schema);
  if (shape === undefined || !isObject(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(value)) {
    const childSchema = Object.hasOwn(shape, key) ? shape[key] : undefined;
    const leaf = childSchema === undefined ? undefined : leaves.get(childSchema);
    if (child === null || (leaf?.isEmptyDefault === true && isEmpty(child))) continue;
    result[key] = readBranch(child, childSchema);
  }
  for (const [key, childSchema] of Object.entries(shape)) {
    const absent = leaves.get(childSchema)?.absent;
    if (absent !== undefined && !(key in result)) result[key] = absent;
  }
  return result;
}

export function isEmpty(value: unknown): boolean {
  return value === 0 || value === "" || (Array.isArray(value) && value.length === 0);
}
