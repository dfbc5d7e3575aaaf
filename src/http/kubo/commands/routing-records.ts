import { peerIdBytes } from "#model";

import type { Part } from "../../multipart/index.ts";
import { bool, fileArgument, type KuboCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import { findNetwork, readPeerId, requireNetwork, routingFailure } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { eventType } from "./routing-events.ts";

const get: KuboCommand = {
  path: "routing/get",
  arguments: [{ name: "key", type: "text", isRequired: true, isVariadic: true }],
  run: runGet,
};

const put: KuboCommand = {
  path: "routing/put",
  arguments: [{ name: "key", type: "text", isRequired: true }, fileArgument("value-file")],
  options: [bool("allow-offline")],
  run: runPut,
};

export const routingRecordCommands: readonly KuboCommand[] = [get, put];

async function runGet(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { routing } = await requireNetwork(request, "action");
  const { bytes } = readKey(request.arguments[0] ?? "");
  let record: Uint8Array;
  try {
    record = await routing.getRecord(bytes, { signal: request.signal });
  } catch (cause) {
    request.signal.throwIfAborted();
    throw new CommandError(routingFailure(cause), { cause });
  }
  const Extra = Buffer.from(record).toString("base64");
  await output.emit({ ID: "", Type: eventType.value, Responses: null, Extra }, () => record);
}

/** Kubo takes any bytes; here the record must be valid, since it is kept and told to others. */
async function runPut(request: KuboRequest, output: KuboOutput): Promise<void> {
  const [key = ""] = request.arguments;
  const record = await readFirst(request.files);
  const peer = readPeerId(key.replace(/^\/ipns\//, ""));
  if (!key.startsWith("/ipns/")) throw new CommandError("invalid key");
  const isOfflineAllowed = request.flag("allow-offline") === true;
  if (!isOfflineAllowed && (await findNetwork(request)) === undefined) {
    throw new CommandError("can't put while offline: pass `--allow-offline` to override");
  }
  const { names } = request.deps.ipfs;
  await names.putRecord(peer, record, { signal: request.signal, isOfflineAllowed });
  const value = { ID: peer, Type: eventType.value, Responses: null, Extra: "" };
  await output.emit(value, () => `${peer}\n`);
}

/** The key as the DHT has it: the peer id as bytes. */
function readKey(text: string): { readonly bytes: Uint8Array } {
  const [, namespace, name = ""] = /^\/(ipns|pk)\/([^/]*)$/.exec(text) ?? [];
  if (namespace === undefined) throw new CommandError("invalid key");
  return { bytes: Buffer.concat([Buffer.from(`/${namespace}/`), peerIdBytes(name)]) };
}

/** Longer than any record that others take. */
const recordBytesMax = 1024 * 1024;

/** The first file. @throws {CommandError} when it is longer than a record, or a message, can be */
export async function readFirst(files: AsyncIterable<Part>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const part of files) {
    for await (const piece of part.body) {
      size += piece.length;
      if (size > recordBytesMax) {
        throw new CommandError(`what was sent is longer than ${recordBytesMax} bytes`);
      }
      pieces.push(piece);
    }
    break;
  }
  return Buffer.concat(pieces);
}
