import { z } from "zod";

import { nearest } from "#lib";

import { InvalidConfigError } from "../errors.ts";
import { findApiConflict } from "./api-rules.ts";
import { apiSection } from "./api-sections.ts";
import { clusterSection } from "./cluster-section.ts";
import {
  allocatorSection,
  connectorSection,
  informerSection,
  monitorSection,
  observationsSection,
  trackerSection,
} from "./component-sections.ts";
import { consensusSection } from "./consensus-sections.ts";
import { datastoreSection } from "./datastore-sections.ts";
import { branchOf, type Document, isObject } from "./document.ts";
import { gatewaySection, ipfsSection, storeSection, uiSection } from "./own-sections.ts";

/** All of service.json. Sections of IPFS Cluster in its spelling, and `ipfs`, `gateway`, `ui`, `store`. */
export const settingsSchema = z.object({
  cluster: clusterSection.prefault({}),
  consensus: consensusSection.prefault({}),
  api: apiSection.prefault({}),
  ipfs_connector: connectorSection.prefault({}),
  pin_tracker: trackerSection.prefault({}),
  monitor: monitorSection.prefault({}),
  allocator: allocatorSection.prefault({}),
  informer: informerSection.prefault({}),
  observations: observationsSection.prefault({}),
  datastore: datastoreSection.prefault({}),
  state: z.unknown().optional(),
  source: z.string().optional(),
  ipfs: ipfsSection.prefault({}),
  gateway: gatewaySection.prefault({}),
  ui: uiSection.prefault({}),
  store: storeSection.prefault({}),
});

/** service.json, read: durations in milliseconds, sizes in bytes, addresses taken apart. Keys as in the file. */
export type Settings = z.output<typeof settingsSchema>;

/** Sections in which an unknown key is an error. */
export const ownSections: readonly string[] = ["ipfs", "gateway", "ui", "store"];

/**
 * Checks a document. `nameOf` gives the place that an error names, for a path of keys.
 * @throws {InvalidConfigError} for a wrong value anywhere, or an unknown key in one of our own sections.
 */
export function parseSettings(
  document: Document,
  nameOf: (path: readonly string[]) => string,
): { readonly settings: Settings; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  for (const path of unknownKeys(document, settingsSchema, [])) {
    const problem = `unknown key${suggestion(path)}`;
    if (ownSections.includes(path[0] ?? "") && path.length > 1) {
      throw new InvalidConfigError(nameOf(path), problem);
    }
    warnings.push(`${nameOf(path)}: ${problem}`);
  }
  const parsed = settingsSchema.safeParse(document);
  if (!parsed.success) throw firstProblem(parsed.error, document, nameOf);
  const conflict = findConflict(parsed.data);
  if (conflict !== undefined) throw new InvalidConfigError(nameOf(conflict.path), conflict.problem);
  return { settings: parsed.data, warnings };
}

interface Conflict {
  readonly path: readonly string[];
  readonly problem: string;
}

/** Values that are right by themselves and wrong together; texts as IPFS Cluster's where it has the rule. */
function findConflict(settings: Settings): Conflict | undefined {
  const { cluster, ipfs_connector: connector } = settings;
  const [min, max] = [cluster.replication_factor_min, cluster.replication_factor_max];
  const factors = ["cluster", "replication_factor_min"];
  if (min === 0 || max === 0) {
    return { path: factors, problem: "replication_factor_min and max must be set" };
  }
  if ((min === -1) !== (max === -1)) {
    const problem = "replication_factor_min and max must be -1 when one of them is";
    return { path: factors, problem };
  }
  if (min > max) return { path: factors, problem: "replication_factor_min is larger than max" };
  if (cluster.pin_only_on_trusted_peers && cluster.pin_only_on_untrusted_peers) {
    const problem = "pin_only_on_trusted_peers and pin_only_on_untrusted_peers cannot both be true";
    return { path: ["cluster", "pin_only_on_trusted_peers"], problem };
  }
  if (connector.embedded !== undefined && connector.ipfshttp !== undefined) {
    return { path: ["ipfs_connector"], problem: "has embedded and ipfshttp, expected one of them" };
  }
  return findApiConflict(settings);
}

/** Their values are told to nobody. */
const secretKeys: ReadonlySet<string> = new Set([
  "secret",
  "private_key",
  "basic_auth_credentials",
]);

function firstProblem(
  error: z.ZodError,
  document: Document,
  nameOf: (path: readonly string[]) => string,
): InvalidConfigError {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).map(String);
  const isSecret = path.some((key) => secretKeys.has(key));
  const value = isSecret ? "(hidden)" : JSON.stringify(valueAt(document, path));
  const message = (issue?.message ?? "wrong value").replace(/^Invalid (input|option): /, "");
  return new InvalidConfigError(nameOf(path), `${message}, got ${value}`);
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const key of path)
    value = isObject(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined;
  return value;
}

function* unknownKeys(
  value: unknown,
  schema: unknown,
  path: readonly string[],
): Generator<readonly string[]> {
  const shape = branchOf(schema);
  if (shape === undefined || !isObject(value)) return;
  for (const [key, child] of Object.entries(value)) {
    const childSchema = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (childSchema === undefined) yield [...path, key];
    else yield* unknownKeys(child, childSchema, [...path, key]);
  }
}

function suggestion(path: readonly string[]): string {
  let schema: unknown = settingsSchema;
  for (const key of path.slice(0, -1)) schema = branchOf(schema)?.[key];
  const known = nearest(path.at(-1) ?? "", Object.keys(branchOf(schema) ?? {}));
  return known === undefined ? "" : `, did you mean "${known}"?`;
}
