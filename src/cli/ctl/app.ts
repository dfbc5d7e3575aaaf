import { goVersion } from "../go-version.ts";
import type { App } from "../urfave/index.ts";
import { addCommand } from "./commands/add.ts";
import { healthCommand, ipfsCommand } from "./commands/health.ts";
import { idCommand, listCommand, peersCommand, versionCommand } from "./commands/peers.ts";
import { pinCommand } from "./commands/pin.ts";
import { recoverCommand, statusCommand } from "./commands/status.ts";
import { defaultHost, globalFlags } from "./flags.ts";

const name = "ipfs-cluster-ctl";

const description = `
${name} is Pinfold under the name of the program that it stands in for. It asks
a cluster's REST API and prints the answer as text, or as JSON with --enc=json.

--host tells where the API is, by default ${defaultHost}. Of several
multiaddresses, and of a name with several addresses, the next is asked when one does not
answer. One that ends in "/p2p/<peerID>" leads to the API over libp2p; --secret is for a
cluster whose network has one.

"${name} help <command>" tells more about a command.
`;

/** `ipfs-cluster-ctl` 1.1.6 as data. */
export const ctlApp: App = {
  name,
  usage: "CLI for IPFS Cluster",
  description,
  version: goVersion,
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
