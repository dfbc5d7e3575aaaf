import { randomBytes } from "node:crypto";

import { InvalidConfigError, NotInitializedError } from "../errors.ts";
import { writeWhole } from "../write-whole.ts";
import { checkSettings } from "./check.ts";
import { defaultDocument, type Document, readDocument, withValue } from "./document.ts";
import { applyEnvironment, type Environment } from "./environment.ts";
import { isRaftConfig, readAsGo } from "./go-reading.ts";
import { takeOldKeys } from "./old-keys.ts";
import type { Problem } from "./problem.ts";
import { applyProfile } from "./profiles.ts";
import { hidePassword } from "./secrets.ts";
import { ownSections, type Settings, settingsSchema } from "./settings.ts";
import { type Fetch, fetchSource } from "./source.ts";

export interface LoadedConfig {
  readonly settings: Settings;
  /** Unknown keys and variables, for the log. */
  readonly warnings: readonly string[];
  /** Keys of older versions that were taken. */
  readonly notes: readonly string[];
  /** Whether the file is one of raft. */
  readonly isRaft: boolean;
  /** What the settings were read from: the file with the environment over it, in today's keys. */
  readonly document: Document;
}

/** Something wrong, and the file, key or variable where it is. */
interface PlacedProblem {
  readonly place: string;
  readonly found: Problem;
}

/** A configuration, looked at as a whole. */
export interface InspectedConfig extends Omit<LoadedConfig, "settings"> {
  /** Undefined when there are problems. */
  readonly settings: Settings | undefined;
  readonly problems: readonly PlacedProblem[];
  /** The file alone, in today's keys. */
  readonly written: Document;
  /** Maps a path (joined by dots) to the variable that set it. */
  readonly variables: ReadonlyMap<string, string>;
}

export interface LoadOptions {
  /** For a file that names a `source`. */
  readonly fetch?: Fetch;
}

/**
 * Default, then the file, then the environment.
 * @throws {NotInitializedError} without a file
 * @throws {InvalidConfigError} for what cannot be used, naming its place
 */
export async function loadConfig(
  path: string,
  environment: Environment,
  options: LoadOptions = {},
): Promise<LoadedConfig> {
  return requireGood(await inspectConfig(path, environment, options), path);
}

/** Like `loadConfig`, but tells everything that is wrong. @throws {NotInitializedError} {InvalidConfigError} for a file that is no JSON */
export async function inspectConfig(
  path: string,
  environment: Environment,
  options: LoadOptions = {},
): Promise<InspectedConfig> {
  const document = await readDocument(path);
  if (document === undefined) throw new NotInitializedError(path, "configuration");
  const { source } = document;
  if (typeof source !== "string" || source === "") return inspect(document, environment, path);
  const sourced = await fetchSource(source, options.fetch ?? fetch);
  return inspect(withOwnSections(sourced, document), environment, hidePassword(source));
}

/** A configuration from elsewhere says nothing about our own sections unless it has them. */
function withOwnSections(sourced: Document, local: Document): Document {
  const own = Object.entries(local).filter(([section]) => ownSections.includes(section));
  return { ...Object.fromEntries(own), ...sourced };
}

function inspect(written: Document, environment: Environment, path: string): InspectedConfig {
  const taken = takeOldKeys(written);
  const laid = applyEnvironment(readAsGo(taken.document), environment);
  const placeOf = (keys: readonly string[]): string => {
    const place = keys.join(".");
    const variable = laid.names.get(place);
    if (variable === undefined) return `${path}: ${place}`;
    return `environment variable ${variable} (${place})`;
  };
  const { settings, problems, unknown } = checkSettings(laid.document);
  const placed = [
    ...laid.problems.map((found) => ({ found, place: found.path.join(".") })),
    ...problems.map((found) => ({ found, place: placeOf(found.path) })),
  ];
  return {
    settings: placed.length === 0 ? settings : undefined,
    problems: placed,
    warnings: [...laid.warnings, ...unknown.map((key) => `${placeOf(key.path)}: ${key.problem}`)],
    notes: taken.notes.map(({ path: keys, note }) => `${path}: ${keys.join(".")}: ${note}`),
    isRaft: isRaftConfig(taken.document),
    written: taken.document,
    document: laid.document,
    variables: laid.names,
  };
}

function requireGood(inspected: InspectedConfig, path: string): LoadedConfig {
  const { settings, problems } = inspected;
  if (settings !== undefined) return { ...inspected, settings };
  const { place = path, found } = problems[0] ?? {};
  throw new InvalidConfigError(place, found?.problem ?? "wrong", { goMessage: found?.goMessage });
}

/** Sections that only a configuration of the Go program has. */
const goOnly = [["ipfs_connector", "ipfshttp"], ["consensus", "raft"], ["datastore"]] as const;

/**
 * What a new service.json holds: defaults, a fresh cluster secret, the embedded node, then the profile, then the environment.
 * @throws {UnknownProfileError} {InvalidConfigError}
 */
export function newConfig(profile: string | undefined, environment: Environment): LoadedConfig {
  const secret = randomBytes(32).toString("hex");
  let document = withValue(defaultDocument(settingsSchema), ["cluster", "secret"], secret);
  for (const path of goOnly) document = withValue(document, path, undefined);
  if (profile !== undefined) document = applyProfile(document, profile);
  const place = "new configuration";
  const good = requireGood(inspect(document, environment, place), place);
  return { ...good, document: applyEnvironment(document, environment).document };
}

/** Writes service.json in one step. */
export async function saveConfig(path: string, document: Document): Promise<void> {
  await writeWhole(path, JSON.stringify(document, undefined, 2));
}
