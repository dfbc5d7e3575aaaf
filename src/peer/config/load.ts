import { randomBytes } from "node:crypto";

import { NotInitializedError } from "../errors.ts";
import { writeWhole } from "../write-whole.ts";
import { parseSettings } from "./check.ts";
import { defaultDocument, type Document, readDocument, withValue } from "./document.ts";
import { applyEnvironment, type Environment } from "./environment.ts";
import { applyProfile } from "./profiles.ts";
import { type Settings, settingsSchema } from "./settings.ts";

export interface LoadedConfig {
  readonly settings: Settings;
  /** Unknown keys and variables, for the log. */
  readonly warnings: readonly string[];
}

/**
 * Default, then the file, then the environment.
 * @throws {NotInitializedError} without a file
 * @throws {InvalidConfigError} for what cannot be used, naming its place
 */
export async function loadConfig(path: string, environment: Environment): Promise<LoadedConfig> {
  const document = await readDocument(path);
  if (document === undefined) throw new NotInitializedError(path, "configuration");
  return checkDocument(document, environment, path);
}

function checkDocument(document: Document, environment: Environment, path: string): LoadedConfig {
  const laid = applyEnvironment(document, environment);
  const nameOf = (keys: readonly string[]): string => {
    const place = keys.join(".");
    const variable = laid.names.get(place);
    return variable === undefined
      ? `${path}: ${place}`
      : `environment variable ${variable} (${place})`;
  };
  const { settings, warnings } = parseSettings(laid.document, nameOf);
  return { settings, warnings: [...laid.warnings, ...warnings] };
}

/** Sections that only a configuration of the Go program has. */
const goOnly = [["ipfs_connector", "ipfshttp"], ["consensus", "raft"], ["datastore"]] as const;

/**
 * What a new service.json holds: defaults, a fresh cluster secret, the embedded node, then the profile, then the environment.
 * @throws {UnknownProfileError} {InvalidConfigError}
 */
export function newConfig(
  profile: string | undefined,
  environment: Environment,
): LoadedConfig & { readonly document: Document } {
  const secret = randomBytes(32).toString("hex");
  let document = withValue(defaultDocument(settingsSchema), ["cluster", "secret"], secret);
  for (const path of goOnly) document = withValue(document, path, undefined);
  if (profile !== undefined) document = applyProfile(document, profile);
  document = applyEnvironment(document, environment).document;
  return { document, ...checkDocument(document, environment, "new configuration") };
}

/** Writes service.json in one step. */
export async function saveConfig(path: string, document: Document): Promise<void> {
  await writeWhole(path, JSON.stringify(document, undefined, 2));
}
