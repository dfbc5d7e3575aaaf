import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

const program = "ipfs-cluster-follow";

/** What the program prints when it is told no cluster: those that have a folder, or how to begin. */
export async function listClusters(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const clusters = names.filter((name) => existsSync(join(folder, name, "service.json")));
  if (clusters.length === 0) return firstStart;
  const lines = clusters.map((name) => `${program} "${name}"\n`).join("");
  return (
    `Configurations found for ${clusters.length} follower peers. For info and help, try running:\n\n` +
    `${lines}\nTip: "${program} --help" for help and examples.\n`
  );
}

const firstStart = `
No clusters configured yet!
 
Where to read on:

$ ${program} --help                     - what following is, and the options
$ ${program} <clusterName> --help       - what can be done with one cluster
$ ${program} <clusterName> info --help  - one of these commands
`;
