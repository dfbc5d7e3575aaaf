import type { Command } from "../../urfave/index.ts";

export const idCommand: Command = {
  name: "id",
  usage: "Retrieve peer information",
  description: `
Tells who the asked peer is: its id, its name and addresses, and its IPFS node.
`,
  action: async (invocation) => (await import("../run-peers.ts")).runId(invocation),
};

const about = "List and manage IPFS Cluster peers";

export const peersCommand: Command = {
  name: "peers",
  usage: about,
  description: about,
  subcommands: [
    {
      name: "ls",
      usage: "list the nodes participating in the IPFS Cluster",
      argsUsage: " ",
      description: `
Tells of each peer of the cluster what "id" tells of one.
`,
      action: async (invocation) => (await import("../run-peers.ts")).runPeersLs(invocation),
    },
    {
      name: "rm",
      usage: "remove a peer from the Cluster",
      argsUsage: "<peer ID>",
      description: `
Removes a peer from a cluster that runs with raft, and stops it; the others should be
there to learn of it. A peer that runs with crdt answers that it cannot.
`,
      action: async (invocation) => (await import("../run-peers.ts")).runPeersRm(invocation),
    },
  ],
};

export const versionCommand: Command = {
  name: "version",
  usage: "Retrieve cluster version",
  argsUsage: " ",
  description: `
Tells the version of the asked peer; -v tells that of this program.
`,
  action: async (invocation) => (await import("../run-peers.ts")).runVersion(invocation),
};

export const listCommand: Command = {
  name: "commands",
  usage: "List all commands",
  argsUsage: " ",
  isHidden: true,
  action: async (invocation) => (await import("../run-commands.ts")).runCommands(invocation),
};
