import type { KeyFormat, KeyInfo, KeyType } from "#ipfs";
import { messageOf } from "#lib";

import { bool, fileArgument, type KuboCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { PeerIdEncoder } from "../peer-id-encoder.ts";
import type { KuboRequest } from "../request.ts";
import { ipnsBase, keyEncoder } from "./key-options.ts";
import { keySigningCommands } from "./key-signing.ts";
import { readFirst } from "./routing-records.ts";
import { printable } from "./swarm-text.ts";

const gen: KuboCommand = {
  path: "key/gen",
  arguments: [{ name: "name", type: "text", isRequired: true }],
  options: [
    { names: ["type", "t"], type: "string", default: "ed25519" },
    { names: ["size", "s"], type: "int" },
    ipnsBase,
  ],
  run: runGen,
};

const list: KuboCommand = { path: "key/list", options: [bool("l"), ipnsBase], run: runList };

const rename: KuboCommand = {
  path: "key/rename",
  arguments: [
    { name: "name", type: "text", isRequired: true },
    { name: "newName", type: "text", isRequired: true },
  ],
  options: [bool("force", "f"), ipnsBase],
  run: runRename,
};

const rm: KuboCommand = {
  path: "key/rm",
  arguments: [
    { name: "name", type: "text", isRequired: true, isVariadic: true, mayComeFromBody: true },
  ],
  options: [bool("l"), ipnsBase],
  run: runRm,
};

const importKey: KuboCommand = {
  path: "key/import",
  arguments: [{ name: "name", type: "text", isRequired: true }, fileArgument("key")],
  options: [
    ipnsBase,
    { names: ["format", "f"], type: "string", default: "libp2p-protobuf-cleartext" },
    bool("allow-any-key-type"),
  ],
  run: runImport,
};

export const keyCommands: readonly KuboCommand[] = [
  gen,
  list,
  { ...list, path: "key/ls" },
  rename,
  rm,
  importKey,
  ...keySigningCommands,
];

const types: readonly KeyType[] = ["ed25519", "rsa", "secp256k1"];
const formats: readonly KeyFormat[] = ["libp2p-protobuf-cleartext", "pem-pkcs8-cleartext"];

async function runGen(request: KuboRequest, output: KuboOutput): Promise<void> {
  const [name = ""] = request.arguments;
  const wanted = request.text("type");
  const type = types.find((one) => one === wanted);
  const bits = request.number("size");
  const encode = keyEncoder(request);
  if (name === "self") throw new CommandError("cannot create key with name 'self'");
  if (type === undefined) throw new CommandError(`unrecognized key type: ${wanted ?? ""}`);
  const options = bits === undefined ? { type } : { type, bits };
  const key = await request.deps.ipfs.keys.generate(name, options);
  await tell(output, name, encode(key.peer));
}

async function runImport(request: KuboRequest, output: KuboOutput): Promise<void> {
  const [name = ""] = request.arguments;
  const encode = keyEncoder(request);
  const wanted = request.text("format");
  const format = formats.find((one) => one === wanted);
  if (name === "self") throw new CommandError("cannot import key with name 'self'");
  if (format === undefined) throw new CommandError(`unrecognized import format: ${wanted ?? ""}`);
  const bytes = await readFirst(request.files);
  const isAnyTypeAllowed = request.flag("allow-any-key-type") === true;
  const key = await request.deps.ipfs.keys.import(name, bytes, { format, isAnyTypeAllowed });
  await tell(output, name, encode(key.peer));
}

function tell(output: KuboOutput, name: string, id: string): Promise<void> {
  return output.single({ Name: name, Id: id }, () => `${id}\n`);
}

async function runList(request: KuboRequest, output: KuboOutput): Promise<void> {
  let encode: PeerIdEncoder;
  try {
    encode = keyEncoder(request);
  } catch (cause) {
    throw new CommandError(`cannot get key encoder: ${messageOf(cause)}`, { cause });
  }
  await tellAll(request, output, { keys: await request.deps.ipfs.keys.list(), encode });
}

async function runRm(request: KuboRequest, output: KuboOutput): Promise<void> {
  const encode = keyEncoder(request);
  const keys: KeyInfo[] = [];
  for (const name of request.arguments) keys.push(await request.deps.ipfs.keys.remove(name));
  await tellAll(request, output, { keys, encode });
}

async function tellAll(
  request: KuboRequest,
  output: KuboOutput,
  told: { readonly keys: readonly KeyInfo[]; readonly encode: PeerIdEncoder },
): Promise<void> {
  const Keys = told.keys.map(({ name, peer }) => ({ Name: name, Id: told.encode(peer) }));
  await output.single({ Keys }, () => {
    if (request.flag("l") !== true) return Keys.map(({ Name }) => `${printable(Name)}\n`).join("");
    // as Go's tabwriter, which pads the last column too
    const idWidth = Math.max(...Keys.map(({ Id }) => Id.length)) + 1;
    const nameWidth = Math.max(...Keys.map(({ Name }) => printable(Name).length)) + 1;
    return Keys.map(
      ({ Name, Id }) => `${Id.padEnd(idWidth)}${printable(Name).padEnd(nameWidth)}\n`,
    ).join("");
  });
}

async function runRename(request: KuboRequest, output: KuboOutput): Promise<void> {
  const [from = "", to = ""] = request.arguments;
  const encode = keyEncoder(request);
  const isForced = request.flag("force") === true;
  const { key, isOverwritten } = await request.deps.ipfs.keys.rename(from, to, { isForced });
  const id = encode(key.peer);
  const value = { Was: from, Now: to, Id: id, Overwrite: isOverwritten };
  await output.single(value, () => {
    const how = isOverwritten ? " with overwriting" : "";
    return `Key ${id} renamed to ${printable(to)}${how}\n`;
  });
}
