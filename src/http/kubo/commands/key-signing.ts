import { bases } from "multiformats/basics";

import { findNameId, inlinedKey, type Keys, signBytes, verifyBytes } from "#ipfs";

import { fileArgument, type KuboCommand, text } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { ipnsBase, keyEncoder } from "./key-options.ts";
import { readFirst } from "./routing-records.ts";

const sign: KuboCommand = {
  path: "key/sign",
  arguments: [fileArgument("data")],
  options: [text("key", "k"), ipnsBase],
  run: runSign,
};

const verify: KuboCommand = {
  path: "key/verify",
  arguments: [fileArgument("data")],
  options: [text("key", "k"), text("signature", "s"), ipnsBase],
  run: runVerify,
};

export const keySigningCommands: readonly KuboCommand[] = [sign, verify];

/** Stands before what is signed, so that no signature is good for anything else. */
const purpose = Buffer.from("libp2p-key signed message:");

async function runSign(request: KuboRequest, output: KuboOutput): Promise<void> {
  const encode = keyEncoder(request);
  const data = await readFirst(request.files);
  const key = await request.deps.ipfs.keys.require(request.text("key") || "self");
  const bytes = await signBytes(key.privateKey, Buffer.concat([purpose, data]));
  const signature = bases.base64url.encode(bytes);
  const [name, id] = [key.name, encode(key.peer)];
  const value = { Key: { Name: name, Id: id }, Signature: signature };
  await output.emit(value, () => `&{{${name} ${id}} ${signature}}`);
}

async function runVerify(request: KuboRequest, output: KuboOutput): Promise<void> {
  const encode = keyEncoder(request);
  const signature = readSignature(request.text("signature") ?? "");
  const data = await readFirst(request.files);
  const key = await findKey(request.deps.ipfs.keys, request.text("key") || "self");
  const isValid = await verifyBytes(key.publicKey, Buffer.concat([purpose, data]), signature);
  const [name, id] = [key.name, encode(key.peer)];
  const value = { Key: { Name: name, Id: id }, SignatureValid: isValid };
  await output.emit(value, () => `&{{${name} ${id}} ${isValid}}`);
}

function readSignature(given: string): Uint8Array {
  if (given === "") throw new CommandError("cannot decode multibase for zero length string");
  const base = Object.values(bases).find(({ prefix }) => given.startsWith(prefix));
  if (base === undefined) throw new CommandError("selected encoding not supported");
  return base.decode(given);
}

/** One of the node's, or the one that stands in an id. @throws {CommandError} */
async function findKey(
  keys: Keys,
  wanted: string,
): Promise<{ readonly name: string; readonly peer: string; readonly publicKey: Uint8Array }> {
  const own = (await keys.list()).find(({ name }) => name === wanted);
  if (own !== undefined) return keys.require(own.name);
  const id = findNameId(wanted.replace(/^\/ipns\//, ""));
  if (id === undefined) {
    const shown = JSON.stringify(wanted);
    throw new CommandError(`'${shown}' is not a known key, an IPNS Name, or a valid PeerID`);
  }
  const publicKey = inlinedKey(id);
  if (publicKey === undefined) throw new CommandError("public key is not embedded in peer ID");
  return { name: "", peer: id.peer, publicKey };
}
