// Where the keys of a peer lie: identity.json, the environment, an old service.json, keys/self.

import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";

import { z } from "zod";

import { codeOf, readJson } from "#lib";

import { readDocument, valueAt } from "./config/document.ts";
import type { Environment } from "./config/environment.ts";
import { peerIdProblem } from "./config/rules.ts";
import { InvalidIdentityError, NotInitializedError } from "./errors.ts";
import type { DataFolder } from "./folder.ts";
import { type Identity, parseIdentity } from "./identity.ts";
import { writeWhole } from "./write-whole.ts";

/**
 * The cluster peer's identity: that of identity.json, or `old` while it stands in service.json alone; the environment goes
 * before both. @throws {NotInitializedError} {InvalidIdentityError}
 */
export async function readClusterIdentity(
  folder: DataFolder,
  environment: Environment,
): Promise<{ readonly identity: Identity; readonly old: Identity | undefined }> {
  const old = await readOldIdentity(folder);
  const identity =
    old === undefined
      ? await loadClusterIdentity(folder.identityPath, environment)
      : identityOfEnvironment(environment, old);
  return { identity, old };
}

/** `identity.json`: id and private key in base64. @throws {NotInitializedError} {InvalidIdentityError} */
export async function loadClusterIdentity(
  path: string,
  environment: Environment = {},
): Promise<Identity> {
  const isAllGiven = variables.every((name) => environment[name] !== undefined);
  const stored = isAllGiven ? undefined : await readStored(path);
  return identityIn(environment, stored, path);
}

/** The identity with what `CLUSTER_ID` and `CLUSTER_PRIVATEKEY` say instead. @throws {InvalidIdentityError} */
export function identityOfEnvironment(environment: Environment, identity: Identity): Identity {
  return identityIn(environment, storedForm(identity), "the peer's key");
}

const variables = ["CLUSTER_ID", "CLUSTER_PRIVATEKEY"] as const;

function identityIn(
  environment: Environment,
  stored: StoredIdentity | undefined,
  place: string,
): Identity {
  const [id, privateKey] = variables.map((name) => environment[name]);
  const names = variables.filter((name) => environment[name] !== undefined);
  return identityOf(
    { id: id ?? stored?.id ?? "", private_key: privateKey ?? stored?.private_key ?? "" },
    [...names, ...(stored === undefined ? [] : [place])].join(", "),
  );
}

/** Before IPFS Cluster 0.11 the key stood in service.json: that of a folder without identity.json. @throws {InvalidIdentityError} */
async function readOldIdentity(folder: DataFolder): Promise<Identity | undefined> {
  if (await hasFile(folder.identityPath)) return undefined;
  const section = valueAt(await readDocument(folder.configPath), ["cluster"]);
  const stored = storedIdentity.safeParse(section);
  return stored.success ? identityOf(stored.data, folder.configPath) : undefined;
}

const storedIdentity = z.object({ id: z.string(), private_key: z.string() });
type StoredIdentity = z.output<typeof storedIdentity>;

/** Whoever has a key has the id that follows from it. */
function identityOf(stored: StoredIdentity, place: string): Identity {
  const noId = peerIdProblem(stored.id);
  if (noId !== undefined) {
    const goMessage = `error decoding cluster ID: ${noId}`;
    // not told: somebody may have put the key there
    throw new InvalidIdentityError(place, "its id is no peer id", { goMessage });
  }
  const identity = parseIdentity(Buffer.from(stored.private_key, "base64"), place);
  if (identity.id === stored.id) return identity;
  const problem = `its private_key belongs to ${identity.id}, not to its id ${stored.id}`;
  const goMessage = "identity ID does not match the private_key";
  throw new InvalidIdentityError(place, problem, { goMessage });
}

async function readStored(path: string): Promise<StoredIdentity> {
  const content = await readKeyFile(path);
  const value = readJson(content.toString(), "whole", (goMessage) => {
    throw new InvalidIdentityError(path, `no valid JSON: ${goMessage}`, { goMessage });
  });
  const stored = storedIdentity.safeParse(value);
  if (!stored.success) throw new InvalidIdentityError(path, "expected texts id and private_key");
  return stored.data;
}

/** Writes `identity.json`, as the Go program does. */
export async function saveClusterIdentity(path: string, identity: Identity): Promise<void> {
  await writeWhole(path, JSON.stringify(storedForm(identity), undefined, 4));
}

function storedForm({ id, privateKey }: Identity): StoredIdentity {
  return { id, private_key: Buffer.from(privateKey).toString("base64") };
}

/** `keys/self`: the protobuf of the IPFS node's private key. @throws {NotInitializedError} {InvalidIdentityError} */
export async function loadIpfsIdentity(path: string): Promise<Identity> {
  return parseIdentity(await readKeyFile(path), path);
}

export async function saveIpfsIdentity(path: string, identity: Identity): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeWhole(path, identity.privateKey);
}

async function hasFile(path: string): Promise<boolean> {
  try {
    await readKeyFile(path);
    return true;
  } catch (cause) {
    if (cause instanceof NotInitializedError) return false;
    throw cause;
  }
}

async function readKeyFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (codeOf(cause) !== "ENOENT") throw cause;
    throw new NotInitializedError(path, "key");
  }
}
