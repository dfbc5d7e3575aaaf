// What `pinfold config` tells of a folder.

import { resolve } from "node:path";

import { CodedError } from "#lib";

import type { DataFolder } from "../folder.ts";
import { readClusterIdentity } from "../identity-file.ts";
import { readTlsFiles } from "../tls-files.ts";
import { isSecret } from "./check.ts";
import { type Document, isObject, valueAt } from "./document.ts";
import { effectiveDocument, type EffectiveValue, effectiveValues } from "./effective.ts";
import type { Environment } from "./environment.ts";
import { inspectConfig, type InspectedConfig, type LoadOptions } from "./load.ts";
import type { Problem } from "./problem.ts";
import type { Settings } from "./settings.ts";

/** A folder's configuration, told. */
export interface ConfigReport {
  /** A line each: where, what was expected, what is there. */
  readonly problems: readonly string[];
  /** Unknown keys, and variables that match nothing. */
  readonly warnings: readonly string[];
  /** Keys of older versions that are read all the same. */
  readonly notes: readonly string[];
  /** Every key with its value, secrets hidden, and who said so. */
  readonly values: readonly EffectiveValue[];
  /** The same as a document. */
  readonly document: Document;
}

/**
 * Looks at a folder's configuration, and at the files that it names: identity, certificates.
 * @throws {NotInitializedError} without a configuration {InvalidConfigError} for one that is no JSON, or cannot be fetched
 */
export async function reportConfig(
  folder: DataFolder,
  environment: Environment,
  options: LoadOptions = {},
): Promise<ConfigReport> {
  const inspected = await inspectConfig(folder.configPath, environment, options);
  const values = effectiveValues(inspected);
  return {
    problems: [
      ...inspected.problems.map(({ place, found }) => `${place}: ${withValueOf(found, inspected)}`),
      ...(await fileProblems(folder, environment, inspected)),
    ],
    warnings: inspected.warnings,
    notes: inspected.notes,
    values,
    document: effectiveDocument(values),
  };
}

/** A rule's words do not tell the value. */
function withValueOf({ path, problem }: Problem, { document }: InspectedConfig): string {
  const value = valueAt(document, path);
  const isTold = value === undefined || isObject(value) || /, got |^unknown key/.test(problem);
  return isTold || isSecret(path) ? problem : `${problem}, got ${JSON.stringify(value)}`;
}

async function fileProblems(
  folder: DataFolder,
  environment: Environment,
  { settings }: InspectedConfig,
): Promise<readonly string[]> {
  const identity = (): Promise<unknown> => readClusterIdentity(folder, environment);
  const tls = settings === undefined ? [] : tlsChecks(folder, settings);
  const results = await Promise.all([identity, ...tls].map(problemOf));
  return results.filter((problem) => problem !== undefined);
}

function tlsChecks(folder: DataFolder, settings: Settings): readonly (() => Promise<unknown>)[] {
  return (["restapi", "pinsvcapi"] as const).flatMap((name) => {
    const { ssl_cert_file: cert = "", ssl_key_file: key = "" } = settings.api[name] ?? {};
    if (cert === "" || key === "") return [];
    const [certPath, keyPath] = [resolve(folder.path, cert), resolve(folder.path, key)];
    return [() => readTlsFiles({ certPath, keyPath, section: `api.${name}` })];
  });
}

/** What an operator would be told; undefined when there is nothing to tell. */
async function problemOf(look: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await look();
    return undefined;
  } catch (cause) {
    if (cause instanceof CodedError && cause.kind === "operator") return cause.message;
    throw cause;
  }
}
