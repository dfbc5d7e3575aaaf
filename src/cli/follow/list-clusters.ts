import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { codeOf, systemProblem } from "#lib";

import { ExitError } from "../urfave/index.ts";

const program = "ipfs-cluster-follow";

/**
 * What the program prints when it is told no cluster: those that have a folder, or how to begin.
 * @throws {ExitError} for a folder that cannot be read
 */
export async function listClusters(folder: string): Promise<string> {
  const names = await namesIn(folder);
  const clusters = names.filter((name) => existsSync(join(folder, name, "service.json")));
  if (clusters.length === 0) return firstStart;
  const lines = clusters.map((name) => `${program} "${name}"\n`).join("");
  return (
    `Configurations found for ${clusters.length} follower peers. For info and help, try running:\n\n` +
    `${lines}\nTip: "${program} --help" for help and examples.\n`
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return [];
    throw new ExitError(`reading ${folder}: ${systemProblem(cause)}`, 1, { cause });
  }
}

const firstStart = `
No clusters configured yet!
 
Where to read on:

$ ${program} --help                     - what following is, and the options
$ ${program} <clusterName> --help       - what can be done with one cluster
$ ${program} <clusterName> info --help  - one of these commands
`;
