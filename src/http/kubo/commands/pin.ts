import { messageOf } from "#lib";
import type { CID, PinMode } from "#model";

import { bool, boolTrue, type KuboCommand, pathArgument, text } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { checkPinName } from "./pin-name.ts";

const pinAdd: KuboCommand = {
  path: "pin/add",
  arguments: [pathArgument("ipfs-path", true)],
  options: [
    boolTrue("recursive", "r"),
    text("name", "n"),
    bool("progress"),
    bool("fast-provide-root"),
    bool("fast-provide-dag"),
    bool("fast-provide-wait"),
  ],
  run: runAdd,
};

const pinRm: KuboCommand = {
  path: "pin/rm",
  arguments: [pathArgument("ipfs-path", true)],
  options: [boolTrue("recursive", "r")],
  run: async (request, output) => {
    const encode = request.cidEncoder();
    const removed: string[] = [];
    for (const path of request.arguments) {
      const cid = await request.resolveBlock(path);
      await request.deps.ipfs.pins.remove(cid, { mode: modeOf(request) });
      removed.push(encode(cid));
    }
    await output.single({ Pins: removed }, () =>
      removed.map((cid) => `unpinned ${cid}\n`).join(""),
    );
  },
};

const pinUpdate: KuboCommand = {
  path: "pin/update",
  arguments: [
    { name: "from-path", type: "text", isRequired: true },
    { name: "to-path", type: "text", isRequired: true },
  ],
  options: [
    boolTrue("unpin"),
    bool("fast-provide-root"),
    bool("fast-provide-dag"),
    bool("fast-provide-wait"),
  ],
  run: runUpdate,
};

export const pinCommands: readonly KuboCommand[] = [pinAdd, pinRm, pinUpdate];

/** How often progress is told, as Kubo. */
const progressMs = 500;

function modeOf(request: KuboRequest): PinMode {
  return request.flag("recursive") === false ? "direct" : "recursive";
}

async function runAdd(request: KuboRequest, output: KuboOutput): Promise<void> {
  checkPinName(request.text("name") ?? "");
  const progress = { blocks: 0, bytes: 0 };
  const pinned = pinAll(request, (blocks, bytes) => {
    Object.assign(progress, { blocks, bytes });
  });
  const how = modeOf(request) === "recursive" ? "recursively" : "directly";
  const textOf = (pins: readonly string[]): string =>
    pins.map((cid) => `pinned ${cid} ${how}\n`).join("");
  if (request.flag("progress") !== true) {
    const pins = await pinned;
    return output.single({ Pins: pins }, () => textOf(pins));
  }
  const tell = (): void | Promise<void> =>
    output.emit(
      { Progress: progress.blocks || undefined, Bytes: progress.bytes || undefined },
      () => "",
    );
  const pins = await whileTelling(request, pinned, tell);
  if (progress.blocks > 0) await tell();
  await output.emit({ Pins: pins }, () => textOf(pins));
}

async function pinAll(
  request: KuboRequest,
  onProgress: (blocks: number, bytes: number) => void,
): Promise<readonly string[]> {
  const encode = request.cidEncoder();
  const added: string[] = [];
  const sums = { blocks: 0, bytes: 0 };
  for (const path of request.arguments) {
    const cid = await request.resolveBlock(path);
    let latest = { blocks: 0, bytes: 0 };
    await pin(request, cid, (blocks, bytes) => {
      latest = { blocks, bytes };
      onProgress(sums.blocks + blocks, sums.bytes + bytes);
    });
    sums.blocks += latest.blocks;
    sums.bytes += latest.bytes;
    added.push(encode(cid));
  }
  return added;
}

async function pin(
  request: KuboRequest,
  cid: CID,
  onProgress: (blocks: number, bytes: number) => void,
): Promise<void> {
  const { signal, isOffline: isLocalOnly } = request;
  const name = request.text("name") ?? "";
  const options = { mode: modeOf(request), name, signal, isLocalOnly, onProgress };
  try {
    await request.deps.ipfs.pins.add(cid, options);
  } catch (cause) {
    throw new CommandError(`pin: ${messageOf(cause)}`, { cause });
  }
}

/** Calls `tell` in intervals until the work is done. */
async function whileTelling<T>(
  { deps }: KuboRequest,
  work: Promise<T>,
  tell: () => void | Promise<void>,
): Promise<T> {
  const timer = new AbortController();
  const done = work.finally(() => timer.abort());
  const settled = done.then(
    () => true,
    () => true,
  );
  for (;;) {
    const tick = deps.clock.sleep(progressMs, timer.signal).then(
      () => false,
      () => true,
    );
    if (await Promise.race([settled, tick])) return done;
    await tell();
  }
}

/** The new pin keeps the old one's name. */
async function runUpdate(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { pins } = request.deps.ipfs;
  const encode = request.cidEncoder();
  const [from = "", to = ""] = request.arguments;
  const fromCid = await request.resolveBlock(from);
  const toCid = await request.resolveBlock(to);
  const old = await pins.get(fromCid);
  if (old?.mode !== "recursive") {
    throw new CommandError("'from' cid was not recursively pinned already");
  }
  const { signal, isOffline: isLocalOnly } = request;
  await pins.add(toCid, { name: old.name, signal, isLocalOnly });
  const isKept = request.flag("unpin") === false || fromCid.equals(toCid);
  if (!isKept) await pins.remove(fromCid);
  const both = [encode(fromCid), encode(toCid)];
  await output.single({ Pins: both }, () => `updated ${both.join(" to ")}\n`);
}
