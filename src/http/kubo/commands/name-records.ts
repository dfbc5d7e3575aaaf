import { parseNameId } from "#ipfs";
import { messageOf } from "#lib";

import { bool, fileArgument, type KuboCommand } from "../command.ts";
import { CommandError } from "../errors.ts";
import { isOffline } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { valueOfRecord } from "./name-inspect.ts";
import { checkPublishing } from "./name-options.ts";
import { readFirst } from "./routing-records.ts";

const get: KuboCommand = {
  path: "name/get",
  arguments: [{ name: "name", type: "text", isRequired: true }],
  run: runGet,
};

const put: KuboCommand = {
  path: "name/put",
  arguments: [{ name: "name", type: "text", isRequired: true }, fileArgument("record")],
  options: [bool("force", "f"), bool("allow-offline"), bool("allow-delegated"), bool("quiet", "q")],
  run: runPut,
};

export const nameRecordCommands: readonly KuboCommand[] = [get, put];

async function runGet(request: KuboRequest, output: KuboOutput): Promise<void> {
  const [, name = "", below] =
    /^(?:\/ipns\/)?([^/]*)(\/.*)?$/.exec(request.arguments[0] ?? "") ?? [];
  if (below !== undefined) throw new CommandError("invalid key");
  const options = { signal: request.signal, isLocalOnly: isOffline(request) };
  const record = await request.deps.ipfs.names.getRecord(name, options);
  await output.stream(only(record), { type: "application/vnd.ipfs.ipns-record" });
}

async function runPut(request: KuboRequest, output: KuboOutput): Promise<void> {
  checkPublishing(request);
  const name = readName((request.arguments[0] ?? "").replace(/^\/ipns\//, ""));
  const record = await readFirst(request.files);
  await request.deps.ipfs.names.putRecord(name, record, {
    isForced: request.flag("force") === true,
    isOfflineAllowed: request.flag("allow-offline") === true,
    isLocalOnly: isOffline(request),
    signal: request.signal,
  });
  const isQuiet = request.flag("quiet") === true;
  await output.single({ Name: name, Value: valueOfRecord(record) }, () =>
    isQuiet ? "" : `${name}\n`,
  );
}

function readName(text: string): string {
  try {
    return parseNameId(text).text;
  } catch (cause) {
    throw new CommandError(`invalid IPNS name: ${messageOf(cause)}`, { cause });
  }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
