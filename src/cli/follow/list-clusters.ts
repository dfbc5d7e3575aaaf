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
 
If this is the first time you are running ${program},
be sure to check out the usage documentation. Here are some
examples to get you going:

$ ${program} --help                     - general description and usage help
$ ${program} <clusterName> --help       - Help and subcommands for the <clusterName>'s follower peer
$ ${program} <clusterName> info --help  - Help for the "info" subcommand (same for others).
`;
