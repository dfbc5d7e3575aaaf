import { goMap } from "#api";
import { walkCids } from "#dag";
import { DigestSet } from "#lib";
import { type CID, cidText, type PinMode } from "#model";

import { bool, type KuboCommand, text } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { checkPinName } from "./pin-name.ts";

export const pinLs: KuboCommand = {
  path: "pin/ls",
  arguments: [{ name: "ipfs-path", type: "text", isVariadic: true }],
  options: [
    { names: ["type", "t"], type: "string", default: "all" },
    bool("quiet", "q"),
    text("name", "n"),
    bool("stream", "s"),
    bool("names"),
  ],
  run: runLs,
};

interface ListedPin {
  readonly cid: CID;
  readonly type: string;
  readonly name: string;
}

const types = ["direct", "indirect", "recursive", "all"];

async function runLs(request: KuboRequest, output: KuboOutput): Promise<void> {
  const type = request.text("type") ?? "all";
  checkPinName(request.text("name") ?? "");
  if (!types.includes(type)) {
    throw new CommandError(`invalid type '${type}', must be one of {${types.join(", ")}}`);
  }
  const encode = request.cidEncoder();
  const hasNames = request.flag("names") === true || (request.text("name") ?? "") !== "";
  const listed = request.arguments.length > 0 ? namedPins(request, type) : allPins(request, type);
  const isQuiet = request.flag("quiet") === true;
  const textOf = (cid: string, kind: string): string => `${isQuiet ? cid : `${cid} ${kind}`}\n`;
  const keys: (readonly [string, { readonly Type: string; readonly Name: string }])[] = [];
  for await (const pin of listed) {
    const cid = encode(pin.cid);
    const name = hasNames ? pin.name : "";
    if (request.flag("stream") !== true) keys.push([cid, { Type: pin.type, Name: name }]);
    else {
      const value = { Cid: cid, Name: name === "" ? undefined : name, Type: pin.type };
      await output.emit(value, () => textOf(cid, pin.type));
    }
  }
  if (request.flag("stream") === true) return;
  const value = keys.length === 0 ? {} : { Keys: goMap(keys) };
  await output.single(value, () => keys.map(([cid, { Type }]) => textOf(cid, Type)).join(""));
}

/** @throws {CommandError} for a path that is not pinned in that way */
async function* namedPins(request: KuboRequest, type: string): AsyncGenerator<ListedPin> {
  const { pins } = request.deps.ipfs;
  for (const path of request.arguments) {
    const cid = await request.resolveBlock(path);
    const pinned = await pins.statusOf(cid, { signal: request.signal });
    if (pinned === undefined || (type !== "all" && type !== pinned.mode)) {
      throw new CommandError(`path '${path}' is not pinned`);
    }
    if (pinned.mode !== "indirect") yield { cid, type: pinned.mode, name: pinned.name };
    else yield { cid, type: `indirect through ${cidText(pinned.root)}`, name: "" };
  }
}

async function* allPins(request: KuboRequest, type: string): AsyncGenerator<ListedPin> {
  const wanted = request.text("name") ?? "";
  const isListed = (mode: PinMode): boolean => type === "all" || type === mode;
  for await (const { cid, mode, name } of request.deps.ipfs.pins.list()) {
    if (isListed(mode) && name.includes(wanted)) yield { cid, type: mode, name };
  }
  if ((type === "all" || type === "indirect") && wanted === "") yield* indirectPins(request);
}

/** Every block below a recursive pin that has no record of its own. Memory: 32 bytes a block. */
async function* indirectPins(request: KuboRequest): AsyncGenerator<ListedPin> {
  const { pins, localSource } = request.deps.ipfs;
  const seen = new DigestSet();
  const roots: CID[] = [];
  for await (const { cid, mode } of pins.list()) {
    if (mode === "recursive") roots.push(cid);
    seen.add(cid.multihash.bytes);
  }
  const { signal } = request;
  for (const root of roots) {
    for await (const cid of walkCids(localSource, root, { signal, readRawLeaves: false })) {
      if (seen.has(cid.multihash.bytes)) continue;
      seen.add(cid.multihash.bytes);
      yield { cid, type: "indirect", name: "" };
    }
  }
}
