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
Tells how each peer stands with the CIDs, or with the whole pinset: pinned, on its way,
or failed, and why. With --local the asked peer alone is asked, otherwise every peer.

Without CIDs, --filter takes statuses, with commas between them, and leaves out others:

${statuses.map((name) => `  - ${name}`).join("\n")}`,
  flags: [local, { names: ["filter"], kind: "string", usage: "comma-separated list of filters" }],
  action: async (invocation) => (await import("../run-status.ts")).runStatus(invocation),
};

export const recoverCommand: Command = {
  name: "recover",
  usage: "Recover tracked items in error state",
  argsUsage: "[CID]",
  description: `
Tries pins and unpins again that have failed, and pins that the node has lost: those of a
CID, or all. Prints their status after that; of all, those that were tried again.

With --local the asked peer alone does so, otherwise every peer.
`,
  flags: [local],
  action: async (invocation) => (await import("../run-status.ts")).runRecover(invocation),
};
