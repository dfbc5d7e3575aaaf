import { homedir } from "node:os";
import { join } from "node:path";

import type { Context } from "../command.ts";
import { goVersion } from "../go-version.ts";
import { type App, ExitError, runApp } from "../urfave/index.ts";
import { clusterApp } from "./cluster-app.ts";
import { listClusters } from "./list-clusters.ts";

/** `ipfs-cluster-follow`: its help. What its commands do comes with clusters of several peers. */
export function runFollow(words: readonly string[], context: Context): Promise<number> {
  return runApp(followApp(context), words, context);
}

function followApp(context: Context): App {
  const home = context.environment["HOME"] || homedir();
  return {
    name: "ipfs-cluster-follow",
    usage: "IPFS Cluster Follower",
    version: goVersion,
    description: `
Pinfold under the name of the program that runs peers which follow a cluster: they pin what
the cluster's trusted peers tell them to pin, and change nothing. Each cluster that is
followed has a name and a folder of that name.

$ ipfs-cluster-follow <clusterName> --help
`,
    argsUsage: "<clusterName> [subcommand]...",
    flags: [
      {
        names: ["config"],
        kind: "string",
        value: join(home, ".ipfs-cluster-follow"),
        usage: "path to the followers configuration and data `FOLDER`",
        environment: ["IPFS_CLUSTER_PATH"],
      },
    ],
    commands: [],
    action: async (invocation) => {
      const [name, ...rest] = invocation.words;
      if (name === undefined) {
        await context.write(await listClusters(invocation.string("config")));
        return;
      }
      const code = await runApp(clusterApp(name), rest, context);
      if (code !== 0) throw new ExitError("", code);
    },
    failureCode: 0,
  };
}
