import type { Command } from "../../urfave/index.ts";
import { local } from "../flags.ts";

const graph: Command = {
  name: "graph",
  usage: "create a graph displaying connectivity of cluster peers",
  description: `
Writes a dot file of who is connected to whom: the peers of the cluster and their IPFS
nodes.
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
Lists the values of a metric that count at the moment, one for each peer. Without a name,
lists the names. The configuration says which there are; usual ones:

- freespace
- ping
- pinqueue
`,
  action: async (invocation) => (await import("../run-health.ts")).runMetrics(invocation),
};

const alerts: Command = {
  name: "alerts",
  usage: "List the latest expired metric alerts",
  description: `
Lists metrics of which no new value came before the last one expired, the newest first:
a peer whose "ping" is among them was away.
`,
  action: async (invocation) => (await import("../run-health.ts")).runAlerts(invocation),
};

const bandwidth: Command = {
  name: "bandwidth",
  usage: "Lists bandwidth stats for libp2p protocols",
  description: `
Lists how much each libp2p protocol of the peer has sent and received, and its rates.
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
Has the IPFS nodes of all peers collect garbage, that is remove blocks of no pin, and lists
what is gone. With --local that of the asked peer alone.
`,
      flags: [local],
      action: async (invocation) => (await import("../run-health.ts")).runGc(invocation),
    },
  ],
};
