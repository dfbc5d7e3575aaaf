import type { Command } from "../../urfave/index.ts";
import { local } from "../flags.ts";

const graph: Command = {
  name: "graph",
  usage: "create a graph displaying connectivity of cluster peers",
  description: `
This command queries all connected cluster peers and their ipfs peers to generate a
graph of the connections.  Output is a dot file encoding the cluster's connection state.
`,
  flags: [
    {
      names: ["file", "f"],
      kind: "string",
      usage: "sets an output dot-file for the connectivity graph",
    },
    {
      names: ["all-ipfs-peers"],
      kind: "bool",
      usage: "causes the graph to mark nodes for ipfs peers not directly in the cluster",
    },
  ],
  action: async (invocation) => (await import("../run-health.ts")).runGraph(invocation),
};

const metrics: Command = {
  name: "metrics",
  usage: "List latest metrics logged by this peer",
  argsUsage: "<metric name>",
  description: `
This commands displays the latest valid metrics of the given type logged
by this peer for all current cluster peers.

If no argument is provided, the command retrieves all currently existing metric types.

Currently supported metrics depend on the informer component used,
but usually are:

- freespace
- ping
`,
  action: async (invocation) => (await import("../run-health.ts")).runMetrics(invocation),
};

const alerts: Command = {
  name: "alerts",
  usage: "List the latest expired metric alerts",
  description: `
This command provides a list of "alerts" that the cluster has seen.

An alert is triggered when one of the metrics seen for a peer expires, and no
new metrics have been received.

Different alerts may be handled in different ways. i.e. ping alerts may
trigger automatic repinnings if configured.
`,
  action: async (invocation) => (await import("../run-health.ts")).runAlerts(invocation),
};

const bandwidth: Command = {
  name: "bandwidth",
  usage: "Lists bandwidth stats for libp2p protocols",
  description: `
This command lists information about bytes sent, received and current bandwidth
rates for each libp2p protocol that the peer uses.
`,
  action: async (invocation) => (await import("../run-health.ts")).runBandwidth(invocation),
};

const about = "Cluster monitoring information";

export const healthCommand: Command = {
  name: "health",
  usage: about,
  description: about,
  subcommands: [graph, metrics, alerts, bandwidth],
};

const aboutIpfs = "Manage IPFS daemon";

export const ipfsCommand: Command = {
  name: "ipfs",
  usage: aboutIpfs,
  description: aboutIpfs,
  subcommands: [
    {
      name: "gc",
      usage: "run garbage collection on IPFS repos of cluster peers",
      description: `
This command will instruct current Cluster peers to run "repo gc" on their
respective IPFS daemons.

When --local flag is passed, it will garbage collect only on the local IPFS
daemon, otherwise on all IPFS daemons.
`,
      flags: [local],
      action: async (invocation) => (await import("../run-health.ts")).runGc(invocation),
    },
  ],
};
