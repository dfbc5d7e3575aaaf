import { existsSync } from "node:fs";

import { CodedError } from "#lib";
import {
  type ClusterInitOptions,
  type DataFolder,
  initClusterFolder,
  InitStepError,
  readRunFile,
  refuseGoPeer,
} from "#peer";

import type { Context } from "../command.ts";
import { confirm } from "../prompt.ts";
import { StdinLines } from "../stdin-lines.ts";
import type { Invocation } from "../urfave/index.ts";
import { failure, lockedFailure } from "./failure.ts";
import { folderOf } from "./folder.ts";
import { logOf } from "./log.ts";

/** `init` */
export async function runInit(invocation: Invocation): Promise<void> {
  const { context } = invocation;
  const [consensus, datastore] = [consensusOf(invocation), datastoreOf(invocation)];
  const folder = folderOf(invocation);
  const stdin = new StdinLines(context.stdin);
  if (!(await mayWrite(folder, { invocation, stdin }))) return;
  const [source] = invocation.words;
  const isSecretAsked = invocation.bool("custom-secret") && source === undefined;
  const secret = isSecretAsked ? await askSecret(stdin, context) : undefined;
  const peers = invocation.string("peers");
  using log = logOf(invocation);
  await init(folder, {
    environment: context.environment,
    consensus,
    datastore,
    source,
    secret,
    peers: peers === "" ? [] : peers.split(",").map((address) => address.trim()),
    hasRandomPorts: invocation.bool("randomports"),
    say: (line) => context.warn(`${line}\n`),
    logger: log.logger,
  });
}

async function init(folder: DataFolder, options: ClusterInitOptions): Promise<void> {
  try {
    await initClusterFolder(folder, options);
  } catch (cause) {
    if (cause instanceof InitStepError) throw failure(cause.doing, cause.problem, cause);
    if (!(cause instanceof CodedError) || cause.kind === "bug") throw cause;
    throw failure("saving default configuration", cause.message, cause);
  }
}

/** Whether nobody uses the folder, and what stands there may be written over. @throws {ExitError} */
async function mayWrite(
  folder: DataFolder,
  { invocation, stdin }: { readonly invocation: Invocation; readonly stdin: StdinLines },
): Promise<boolean> {
  if ((await readRunFile(folder)) !== undefined) throw lockedFailure(folder);
  await refuseGoPeer(folder).catch((cause: unknown) => {
    throw lockedFailure(folder, cause);
  });
  if (!existsSync(folder.configPath)) return true;
  if (invocation.bool("force") || invocation.globalBool("force")) return true;
  return confirm("The configuration file will be overwritten.", stdin, invocation.context);
}

async function askSecret(stdin: StdinLines, context: Context): Promise<string> {
  await context.write("Enter cluster secret (32-byte hex string): ");
  return (await stdin.line()) ?? "";
}

function consensusOf(invocation: Invocation): ClusterInitOptions["consensus"] {
  const name = invocation.string("consensus");
  if (name === "crdt" || name === "raft") return name;
  throw failure("choosing consensus", "flag value must be set to 'raft' or 'crdt'");
}

const datastores = ["leveldb", "badger", "badger3", "pebble"] as const;

function datastoreOf(invocation: Invocation): ClusterInitOptions["datastore"] {
  const name = invocation.string("datastore");
  const found = datastores.find((datastore) => datastore === name);
  if (found !== undefined) return found;
  const expected = "'leveldb', 'badger', 'badger3' or 'pebble'";
  throw failure("choosing datastore", `flag value must be set to ${expected}`);
}
