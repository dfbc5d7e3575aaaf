import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { codeOf } from "#lib";
import { multiaddrProblem } from "#model";

import type { DataFolder } from "./folder.ts";

/** The addresses of a `peerstore` file, the most wanted first, and what of it cannot be read. */
export interface Peerstore {
  readonly addresses: readonly string[];
  readonly problems: readonly string[];
}

/** Where the file is, for what `cluster.peerstore_file` says: in the folder always, as IPFS Cluster has it. */
export function peerstorePathOf(folder: DataFolder, file: string): string {
  return file === "" ? folder.peerstorePath : join(folder.path, file);
}

/** Reads a file with a multiaddr a line, as IPFS Cluster does: lines that do not begin with / are comments. */
export async function readPeerstore(path: string): Promise<Peerstore> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    if (codeOf(cause) === "ENOENT") return "";
    throw cause;
  });
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("/"));
  const addresses: string[] = [];
  const problems: string[] = [];
  for (const line of lines) {
    const problem = multiaddrProblem(line);
    if (problem === undefined) addresses.push(line);
    else problems.push(`${line}: ${problem}`);
  }
  return { addresses, problems };
}
