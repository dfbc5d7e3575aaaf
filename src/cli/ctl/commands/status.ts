import type { Command } from "../../urfave/index.ts";
import { local } from "../flags.ts";

const statuses = [
  "cluster_error",
  "error",
  "pin_error",
  "pin_queued",
  "pinned",
  "pinning",
  "queued",
  "remote",
  "sharded",
  "unexpectedly_unpinned",
  "unpin_error",
  "unpin_queued",
  "unpinned",
  "unpinning",
];

export const statusCommand: Command = {
  name: "status",
  usage: "Retrieve the status of tracked items",
  argsUsage: "[CID1] [CID2]...",
  description: `
This command retrieves the status of the CIDs tracked by IPFS
Cluster, including which member is pinning them and any errors.
If one of several CIDs are provided, the status will be only fetched 
for a single item.  Metadata CIDs are included in the status response.

When the --local flag is passed, it will only fetch the status from the
contacted cluster peer. By default, status will be fetched from all peers.

When the --filter flag is passed, it will only fetch the peer information
where status of the pin matches at least one of the filter values (a comma
separated list). The following are valid status values:

${statuses.map((name) => `  - ${name}`).join("\n")}`,
  flags: [local, { names: ["filter"], kind: "string", usage: "comma-separated list of filters" }],
  action: async (invocation) => (await import("../run-status.ts")).runStatus(invocation),
};

export const recoverCommand: Command = {
  name: "recover",
  usage: "Recover tracked items in error state",
  argsUsage: "[CID]",
  description: `
This command asks Cluster peers to re-track or re-forget CIDs in
error state, usually because the IPFS pin or unpin operation has failed.

The command will wait for any operations to succeed and will return the status
of the item upon completion. Note that, when running on the full sets of tracked
CIDs (without argument), it may take a considerably long time.

When the --local flag is passed, it will only trigger recover
operations on the contacted peer (as opposed to on every peer).
`,
  flags: [local],
  action: async (invocation) => (await import("../run-status.ts")).runRecover(invocation),
};
