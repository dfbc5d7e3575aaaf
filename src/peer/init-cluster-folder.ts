// A folder as `ipfs-cluster-service init` makes it.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";

import { goQuote, type Logger, named } from "#lib";
import { multiaddrParts, multiaddrProblem } from "#model";

import { checkSettings } from "./config/check.ts";
import { emptySecret, secretProblem } from "./config/cluster-section.ts";
import { type Document, valueAt, withValue } from "./config/document.ts";
import { applyEnvironment, type Environment } from "./config/environment.ts";
import {
  formatGoJson,
  type GoConsensus,
  type GoDatastore,
  goDefaults,
} from "./config/go-document.ts";
import { readAsGo } from "./config/go-reading.ts";
import { InitStepError, InvalidIdentityError } from "./errors.ts";
import type { DataFolder } from "./folder.ts";
import { identityOfEnvironment, saveClusterIdentity } from "./identity-file.ts";
import { createIdentity, type Identity } from "./identity.ts";
import { peerstorePathOf } from "./peerstore-file.ts";
import { withRandomPort } from "./random-ports.ts";
import { writeWhole } from "./write-whole.ts";

export interface ClusterInitOptions {
  readonly environment: Environment;
  readonly consensus: GoConsensus;
  readonly datastore: GoDatastore;
  /** URL of the configuration; then the file says nothing else. */
  readonly source?: string | undefined;
  /** The cluster's secret, 64 hex digits; without: `$CLUSTER_SECRET`, or a new one. */
  readonly secret?: string | undefined;
  /** Multiaddrs of other peers: they are trusted and stand in the peerstore. */
  readonly peers: readonly string[];
  readonly hasRandomPorts: boolean;
  /** Gets the line of each step that is done, without its end. */
  readonly say: (line: string) => void;
  readonly logger: Logger;
}

/**
 * Writes service.json (over one that is there), a key unless there is one, and the peerstore, in that order. Whether to
 * write over a configuration is the caller's question.
 * @throws {InitStepError} at the first step that fails
 */
export async function initClusterFolder(
  folder: DataFolder,
  options: ClusterInitOptions,
): Promise<void> {
  const { say } = options;
  const document = await newDocument(options);
  await mkdir(folder.path, { recursive: true, mode: 0o700 });
  const source = options.source ?? "";
  await writeWhole(folder.configPath, formatGoJson(source === "" ? document : { source }));
  say(`configuration written to ${folder.configPath}.`);
  if (!existsSync(folder.identityPath)) {
    await saveClusterIdentity(folder.identityPath, newIdentity(options.environment));
    say(`new identity written to ${folder.identityPath}`);
  }
  const file = valueAt(document, ["cluster", "peerstore_file"]);
  const path = peerstorePathOf(folder, typeof file === "string" ? file : "");
  await writeWhole(path, peerstoreText(options.peers));
  const count = options.peers.length;
  say(
    count > 0
      ? `peerstore written to ${path} with ${count} entries.`
      : `new empty peerstore written to ${path}.`,
  );
}

async function newDocument(options: ClusterInitOptions): Promise<Document> {
  const { consensus, environment, logger } = options;
  const secret = randomBytes(32).toString("hex");
  let document = goDefaults(consensus, options.datastore);
  document = withValue(document, ["cluster", "secret"], secret);
  if (options.hasRandomPorts) document = await randomizePorts(document);
  const laid = applyEnvironment(document, environment);
  document = laid.document;
  const [problem] = [...laid.problems, ...checkSettings(readAsGo(document)).problems];
  if (problem !== undefined) {
    const doing = "applying environment variables to configuration";
    throw new InitStepError(doing, problem.goMessage ?? problem.problem);
  }
  if (options.secret !== undefined) {
    const wrong = secretProblem(options.secret);
    if (wrong !== undefined) throw new InitStepError("parsing user-provided secret", wrong);
    document = withValue(document, ["cluster", "secret"], options.secret.toLowerCase());
  }
  if (options.peers.length > 0) {
    const key = consensus === "crdt" ? "trusted_peers" : "init_peerset";
    const peers = [...new Set(options.peers.flatMap(peerOf))];
    document = withValue(document, ["consensus", consensus, key], peers);
  }
  for (const warning of laid.warnings) {
    named(logger, "config").warn("a setting has no effect", { warning });
  }
  if (valueAt(document, ["cluster", "secret"]) === "") named(logger, "cluster").warn(emptySecret);
  return document;
}

const listeners = [
  ["cluster", "listen_multiaddress"],
  ["api", "restapi", "http_listen_multiaddress"],
  ["api", "ipfsproxy", "listen_multiaddress"],
  ["api", "pinsvcapi", "http_listen_multiaddress"],
] as const;

async function randomizePorts(document: Document): Promise<Document> {
  let result = document;
  for (const path of listeners) {
    const value = valueAt(document, path);
    const addresses = (Array.isArray(value) ? value : [value]).map(String);
    const free: string[] = [];
    for (const address of addresses) free.push(await withRandomPort(address));
    result = withValue(result, path, free);
  }
  return result;
}

/** The peer that an address leads to; none when it does not say. @throws {InitStepError} for what is no address */
function peerOf(address: string): readonly string[] {
  const problem = multiaddrProblem(address);
  if (problem !== undefined) {
    const text = `failed to parse multiaddr ${goQuote(address)}: ${problem}`;
    throw new InitStepError(`parsing peer multiaddress: ${address}`, text);
  }
  const last = multiaddrParts(address).at(-1);
  return last !== undefined && (last[0] === "p2p" || last[0] === "ipfs") ? [last[1]] : [];
}

function peerstoreText(addresses: readonly string[]): string {
  const lines = addresses.map((address) => {
    const [peer] = peerOf(address);
    const place = address.replace(/\/(?:ipfs|p2p)\/[^/]+\/*$/, "");
    if (peer !== undefined) return `${place}/p2p/${peer}\n`;
    const doing = "getting AddrInfos from peer multiaddresses";
    throw new InitStepError(doing, "invalid p2p multiaddr");
  });
  return lines.join("");
}

function newIdentity(environment: Environment): Identity {
  try {
    return identityOfEnvironment(environment, createIdentity());
  } catch (cause) {
    if (!(cause instanceof InvalidIdentityError)) throw cause;
    const doing = "applying environment variables to the identity";
    throw new InitStepError(doing, cause.goMessage ?? cause.problem, { cause });
  }
}
