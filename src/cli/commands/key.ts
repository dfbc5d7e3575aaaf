import { writeFile } from "node:fs/promises";
import { basename } from "node:path";

import { exportKey } from "#peer";

import type { CommandRun } from "../command.ts";
import { folderOf } from "../find-peer.ts";
import { readFileArgument } from "../read-file-argument.ts";
import { relayCall } from "../relay.ts";

export const runKeyImport: CommandRun = async (input, context) => {
  const [name = "", path = ""] = input.arguments;
  const file = await readFileArgument(path, context);
  await relayCall(input, context, { command: "key/import", arguments: [name], file });
};

/** A private key never goes through the RPC: it is read from the data folder, and only its owner may read the file. */
export const runKeyExport: CommandRun = async (input, context) => {
  const [name = ""] = input.arguments;
  const { folder } = folderOf(input, context);
  const isPem = input.text("format") === "pem-pkcs8-cleartext";
  const key = await exportKey(folder, name, isPem ? "pem" : "protobuf");
  const path = input.text("output") ?? basename(`${name}.${isPem ? "pem" : "key"}`);
  await writeFile(path, key, { mode: 0o600 });
};
