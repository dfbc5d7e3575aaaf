import type { Command } from "../../urfave/index.ts";

export const idCommand: Command = {
  name: "id",
  usage: "Retrieve peer information",
  description: `
This command displays information about the peer that the tool is contacting
(usually running in localhost).
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
This command provides a list of the ID information of all the peers in the Cluster.
`,
      action: async (invocation) => (await import("../run-peers.ts")).runPeersLs(invocation),
    },
    {
      name: "rm",
      usage: "remove a peer from the Cluster",
      argsUsage: "<peer ID>",
      description: `
This command removes a peer from the cluster. If the peer is online, it will
automatically shut down. All other cluster peers should be online for the
operation to succeed, otherwise some nodes may be left with an outdated list of
cluster peers.
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
This command retrieves the IPFS Cluster version and can be used
to check that it matches the CLI version (shown by -v).
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
