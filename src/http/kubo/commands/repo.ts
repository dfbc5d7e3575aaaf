import { durationProblem, messageOf, parseDuration } from "#lib";
import type { CID } from "#model";

import { bool, type KuboCommand } from "../command.ts";
import { repoVersion } from "../deps.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";

const repoStat: KuboCommand = {
  path: "repo/stat",
  options: [bool("size-only", "s"), bool("human", "H")],
  run: runStat,
};

const repoVersionCommand: KuboCommand = {
  path: "repo/version",
  options: [bool("quiet", "q")],
  run: (request, output) =>
    output.single({ Version: repoVersion }, () =>
      request.flag("quiet") === true
        ? `fs-repo@${repoVersion}\n`
        : `ipfs repo version fs-repo@${repoVersion}\n`,
    ),
};

const repoGc: KuboCommand = {
  path: "repo/gc",
  options: [bool("stream-errors"), bool("quiet", "q"), bool("silent")],
  run: runGc,
};

const repoVerify: KuboCommand = {
  path: "repo/verify",
  options: [
    bool("drop"),
    bool("heal"),
    { names: ["heal-timeout"], type: "string", default: "30s" },
  ],
  run: runVerify,
};

export const repoCommands: readonly KuboCommand[] = [
  repoStat,
  { ...repoStat, path: "stats/repo" },
  repoVersionCommand,
  repoGc,
  repoVerify,
];

/** Go's uint64 for "no limit". */
const unlimited = 18_446_744_073_709_551_615n;

async function runStat(request: KuboRequest, output: KuboOutput): Promise<void> {
  const stat = await request.deps.ipfs.repoStat();
  const isSizeOnly = request.flag("size-only") === true;
  const storageMax = Number.isSafeInteger(stat.storageMax) ? stat.storageMax : unlimited;
  const value = {
    RepoSize: stat.repoSize,
    StorageMax: storageMax,
    NumObjects: isSizeOnly ? 0 : stat.objects,
    RepoPath: isSizeOnly ? "" : stat.repoPath,
    Version: isSizeOnly ? "" : `fs-repo@${repoVersion}`,
  };
  await output.single(value, () => {
    const sizes = `RepoSize:   ${stat.repoSize}\nStorageMax: ${storageMax}\n`;
    if (isSizeOnly) return sizes;
    return `NumObjects: ${stat.objects}\n${sizes}RepoPath:   ${stat.repoPath}\nVersion:    ${value.Version}\n`;
  });
}

async function runGc(request: KuboRequest, output: KuboOutput): Promise<void> {
  const encode = request.cidEncoder();
  const isQuiet = request.flag("quiet") === true;
  const tell = (cid: CID): void | Promise<void> => {
    if (request.flag("silent") === true) return undefined;
    const key = encode(cid);
    return output.emit({ Key: { "/": key } }, () => `${isQuiet ? "" : "removed "}${key}\n`);
  };
  try {
    for await (const cid of request.deps.ipfs.collectGarbage({ signal: request.signal })) {
      await tell(cid);
    }
  } catch (cause) {
    if (request.flag("stream-errors") !== true) throw cause;
    const message = messageOf(cause);
    await output.emit({ Key: null, Error: message }, () => `Error: ${message}\n`);
    throw new CommandError("encountered errors during gc run", { cause });
  }
}

async function runVerify(request: KuboRequest, output: KuboOutput): Promise<void> {
  const healTimeout = request.text("heal-timeout") ?? "";
  if (parseDuration(healTimeout) === undefined) {
    throw new CommandError(`invalid heal-timeout: ${durationProblem(healTimeout)}`);
  }
  if (request.flag("heal") === true) {
    throw new CommandError(
      "this command must be run in online mode. Try running 'ipfs daemon' first",
    );
  }
  const counts = { checked: 0, corrupt: 0, removed: 0 };
  const { blocks } = request.deps.ipfs;
  for await (const { cid, problem } of blocks.verify({ signal: request.signal })) {
    counts.checked++;
    if (problem !== undefined) {
      counts.corrupt++;
      const isRemoved = request.flag("drop") === true;
      if (isRemoved) {
        await blocks.delete(cid);
        counts.removed++;
      }
      await say(
        output,
        `block ${cid.toString()} was corrupt (${problem})${isRemoved ? " removed" : ""}`,
      );
    }
    const done = counts.checked;
    await output.emit({ Msg: "", Progress: done }, () => `${done} blocks processed.\n`);
  }
  await concludeVerify(request, output, counts);
}

async function concludeVerify(
  request: KuboRequest,
  output: KuboOutput,
  counts: { readonly corrupt: number; readonly removed: number },
): Promise<void> {
  if (counts.corrupt === 0) return say(output, "verify complete, all blocks validated.");
  const removed = counts.removed > 0 ? `, ${counts.removed} removed` : "";
  const summary = `verify complete, ${counts.corrupt} blocks corrupt${removed}`;
  if (request.flag("drop") !== true) throw new CommandError(summary);
  await say(output, summary);
}

async function say(output: KuboOutput, message: string): Promise<void> {
  await output.emit({ Msg: message, Progress: 0 }, () => `${message}\n`);
}
