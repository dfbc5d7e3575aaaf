import type { App } from "../urfave/index.ts";
import { addCommand } from "./commands/add.ts";
import { healthCommand, ipfsCommand } from "./commands/health.ts";
import { idCommand, listCommand, peersCommand, versionCommand } from "./commands/peers.ts";
import { pinCommand } from "./commands/pin.ts";
import { recoverCommand, statusCommand } from "./commands/status.ts";
import { defaultHost, globalFlags } from "./flags.ts";

const name = "ipfs-cluster-ctl";

const description = `
${name} is a tool to manage IPFS Cluster nodes.

Use "${name} help" to list all available commands and
"${name} help <command>" to get usage information for a
specific one.

${name} uses the IPFS Cluster API to perform requests and
display responses in a user-readable format. The location of the IPFS
Cluster server is assumed to be ${defaultHost}, but can be configured
with the --host option. If several multiaddresses are specified 
(comma-separated), requests will be sent to the first one and fail-over 
over to the others. This also works for dns-based addresses which resolve
to multiple values.

To use the secure libp2p-http API endpoint, use "--host" with 
the full cluster libp2p listener address, including the "/p2p/<peerID>"
part, or a /dnsaddr that resolves to it. Provide the cluster secret with 
--secret as needed.

For feedback, bug reports or any additional information, visit
https://github.com/ipfs-cluster/ipfs-cluster.
`;

/** `ipfs-cluster-ctl` 1.1.6 as data. */
export const ctlApp: App = {
  name,
  usage: "CLI for IPFS Cluster",
  description,
  version: "1.1.6",
  flags: globalFlags,
  failureCode: 1,
  before: async (invocation) => (await import("./session.ts")).checkGlobals(invocation),
  commands: [
    idCommand,
    peersCommand,
    addCommand,
    pinCommand,
    statusCommand,
    recoverCommand,
    versionCommand,
    healthCommand,
    ipfsCommand,
    listCommand,
  ],
};
