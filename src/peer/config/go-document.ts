// service.json as `ipfs-cluster-service init` writes it: its sections, its order, what it leaves out, its spelling.

import { formatDuration, parseDuration } from "#lib";

import { branchOf, defaultDocument, type Document, isObject, withValue } from "./document.ts";
import { type Leaf, leaves } from "./leaf.ts";
import { goSections, settingsSchema } from "./settings.ts";

export type GoConsensus = "crdt" | "raft";
export type GoDatastore = "badger" | "badger3" | "leveldb" | "pebble";

/** The defaults of IPFS Cluster, for one way of consensus and one store. Without a secret. */
export function goDefaults(consensus: GoConsensus, datastore: GoDatastore): Document {
  const defaults = defaultDocument(settingsSchema);
  const isCrdt = consensus === "crdt";
  let document: Document = Object.fromEntries(
    Object.entries(defaults).filter(([section]) => goSections.includes(section)),
  );
  document = keepOnly(document, "consensus", consensus);
  document = keepOnly(document, "ipfs_connector", "ipfshttp");
  if (!isCrdt) return withValue(document, ["datastore"], undefined);
  return keepOnly(document, "datastore", datastore);
}

function keepOnly(document: Document, section: string, component: string): Document {
  const all = document[section];
  return { ...document, [section]: { [component]: isObject(all) ? all[component] : undefined } };
}

/** The text of a document as Go's encoder writes it. */
export function formatGoJson(document: Document): string {
  const ordered = orderBranch(document, settingsSchema);
  const escapes: Readonly<Record<string, string>> = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
  };
  const text = JSON.stringify(ordered, undefined, 2);
  return text.replace(/[<>&\u2028\u2029]/g, (letter) => escapes[letter] ?? letter);
}

/** Keys in the order of the schema; what is hidden and the default is left out. */
function orderBranch(document: Document, schema: unknown): Document {
  const result: Record<string, unknown> = {};
  for (const [key, child] of Object.entries(branchOf(schema) ?? {})) {
    const value = document[key];
    const leaf = leaves.get(child);
    if (value === undefined) continue;
    if (leaf === undefined) result[key] = isObject(value) ? orderBranch(value, child) : value;
    else if (!leaf.isHidden || !isDefault(value, leaf)) result[key] = spell(value, leaf);
  }
  return result;
}

function isDefault(value: unknown, leaf: Leaf): boolean {
  return JSON.stringify(spell(value, leaf)) === JSON.stringify(spell(leaf.default, leaf));
}

/** A value in the one spelling that Go has for it. */
function spell(value: unknown, leaf: Leaf): unknown {
  if (leaf.type === "duration" && typeof value === "string") {
    const ms = parseDuration(value);
    return ms === undefined ? value : formatDuration(ms);
  }
  const mayBeSingle = leaf.type === "multiaddrs" || leaf.type === "addresses to listen on";
  if (mayBeSingle && leaf.isAlwaysList !== true && Array.isArray(value) && value.length === 1) {
    return value[0];
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries);
}
