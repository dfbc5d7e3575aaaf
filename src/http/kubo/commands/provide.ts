import { CidSet, walkCids } from "#dag";
import { messageOf } from "#lib";
import { type CID, InvalidPathError } from "#model";

import { bool, type KuboCommand, pathArgument } from "../command.ts";
import { CommandError } from "../errors.ts";
import { findNetwork, requireNetwork } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { provideStat } from "./provide-stat.ts";
import { requireLocal } from "./routing.ts";

const once: KuboCommand = {
  path: "provide/once",
  arguments: [pathArgument("cid", true)],
  options: [bool("recursive", "r")],
  run: runOnce,
};

const clear: KuboCommand = { path: "provide/clear", options: [bool("quiet", "q")], run: runClear };

export const provideCommands: readonly KuboCommand[] = [
  once,
  clear,
  provideStat,
  { ...provideStat, path: "stats/provide" },
  { ...provideStat, path: "stats/reprovide" },
];

/** Queues each CID once; the announcer takes them in its own time. Memory: 24 to 48 bytes a CID. */
async function runOnce(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host, routing } = await requireNetwork(request);
  if (host.connections().length === 0) {
    throw new CommandError("cannot provide: no connected peers");
  }
  const seen = new CidSet();
  for (const argument of request.arguments) {
    const root = await readRoot(request, argument);
    for await (const cid of wanted(request, root)) {
      if (!seen.add(cid)) continue;
      routing.announcer.enqueue(cid);
      const queued = cid.toString();
      const room = output.emit({ Queued: queued }, () => `${queued}\n`);
      if (room !== undefined) await room;
    }
  }
}

async function readRoot(request: KuboRequest, argument: string): Promise<CID> {
  try {
    return await requireLocal(request, argument);
  } catch (cause) {
    if (!(cause instanceof InvalidPathError)) throw cause;
    throw new CommandError(`invalid CID ${JSON.stringify(argument)}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function* wanted(request: KuboRequest, root: CID): AsyncGenerator<CID> {
  const { deps, signal } = request;
  if (request.flag("recursive") !== true) yield root;
  else yield* walkCids(deps.ipfs.localSource, root, { signal, readRawLeaves: false });
}

async function runClear(request: KuboRequest, output: KuboOutput): Promise<void> {
  const cleared = (await findNetwork(request))?.routing.announcer.clear() ?? 0;
  if (request.flag("quiet") === true) return;
  await output.emit(cleared, () => `removed ${cleared} items from provide queue\n`);
}
