import { z } from "zod";

import { openOfflineRepo, rebuildRepoIndex } from "#peer";

import type { CommandRun, Context } from "../command.ts";
import { CommandFailedError } from "../errors.ts";
import { findRpc, folderOf, isPeerWanted } from "../find-peer.ts";
import type { Input } from "../input.ts";
import { isJson, print, toJson } from "../output.ts";

const statAnswer = z.object({
  RepoSize: z.number(),
  StorageMax: z.number(),
  NumObjects: z.number(),
  RepoPath: z.string(),
  Version: z.string(),
});

/** As the peer tells it, or from the folder when no peer runs there. */
export const runRepoStat: CommandRun = async (input, context) => {
  const stat = (await isOffline(input, context))
    ? await offlineStat(input, context)
    : statAnswer.parse(await (await findRpc(input, context)).document({ command: "repo/stat" }));
  const rows = ["NumObjects", "RepoSize", "StorageMax", "RepoPath", "Version"] as const;
  const toText = (): string => rows.map((row) => `${`${row}:`.padEnd(12)}${stat[row]}`).join("\n");
  await print(stat, toText, { input, context });
};

async function offlineStat(input: Input, context: Context): Promise<z.output<typeof statAnswer>> {
  const { folder } = folderOf(input, context);
  await using repo = await openOfflineRepo(folder, context.environment);
  const stat = await repo.stat();
  return {
    RepoSize: stat.diskBytes,
    StorageMax: stat.storageMax,
    NumObjects: stat.blocks,
    RepoPath: folder.path,
    Version: "fs-repo@18",
  };
}

const gcLine = z.object({
  Key: z.object({ "/": z.string() }).nullish(),
  Error: z.string().optional(),
});

export const runRepoGc: CommandRun = async (input, context) => {
  const client = await findRpc(input, context);
  const call = { command: "repo/gc", options: { "stream-errors": true }, signal: context.signal };
  let failures = 0;
  for await (const line of client.lines(call)) {
    const { Key: key, Error: error } = gcLine.parse(line);
    if (error !== undefined) {
      failures += 1;
      context.warn(`${error}\n`);
    }
    if (isJson(input)) await context.write(`${toJson(line)}\n`);
    else if (key) await context.write(`${input.flag("quiet") ? "" : "removed "}${key["/"]}\n`);
  }
  if (failures > 0) throw new CommandFailedError(`${failures} errors while collecting garbage`);
};

/** Exits 0 only when every block is sound. Works with a running peer, and on the folder of one that does not run. */
export const runRepoVerify: CommandRun = async (input, context) => {
  if (await isOffline(input, context)) return verifyOffline(input, context);
  const client = await findRpc(input, context);
  const call = { command: "repo/verify", signal: context.signal };
  const answer = z.object({ Msg: z.string().optional(), Progress: z.number().optional() });
  for await (const line of client.lines(call)) {
    const { Msg: message = "" } = answer.parse(line);
    if (isJson(input)) await context.write(`${toJson(line)}\n`);
    else if (message !== "") await context.write(`${message}\n`);
  }
};

async function verifyOffline(input: Input, context: Context): Promise<void> {
  const { folder } = folderOf(input, context);
  await using repo = await openOfflineRepo(folder, context.environment);
  let checked = 0;
  let broken = 0;
  for await (const { cid, problem } of repo.verify()) {
    checked += 1;
    if (problem === undefined) continue;
    broken += 1;
    const message = `block ${cid.toString()} was corrupt (${problem})`;
    await context.write(`${isJson(input) ? toJson({ Msg: message, Progress: 0 }) : message}\n`);
  }
  if (broken > 0) throw new CommandFailedError(`${broken} of ${checked} blocks are corrupt`);
  const message = `verify complete, all ${checked} blocks validated.`;
  await print({ Msg: message, Progress: checked }, () => message, { input, context });
}

export const runRepoRebuildIndex: CommandRun = async (input, context) => {
  const { folder } = folderOf(input, context);
  const made = await rebuildRepoIndex(folder, context.environment);
  const toText = (): string => `indexed ${made.blocks} blocks in ${made.segments} segments`;
  await print(made, toText, { input, context });
};

/** No address was given, and no peer runs in the folder, which is there. */
async function isOffline(input: Input, context: Context): Promise<boolean> {
  return !(await isPeerWanted(input, context));
}
