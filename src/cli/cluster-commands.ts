import type { Command, Flag } from "./command.ts";
import { waitFlags } from "./flags.ts";

const local: Flag = { name: "local", summary: "on the peer that is asked alone" };

/** What `ipfs-cluster-ctl` has besides adding, pinning and listing, with its texts. */
export const clusterCommands: readonly Command[] = [
  {
    name: "pin update",
    summary: "pin something as something else is pinned, which stays pinned",
    arguments: [{ name: "PINNED-CID" }, { name: "CID-OR-PATH" }],
    flags: [
      { name: "name", short: "n", value: "TEXT", summary: "another name for the new pin" },
      { name: "expire-in", value: "TIME", isDuration: true, summary: "unpin it after so long" },
      ...waitFlags,
    ],
    load: async () => (await import("./commands/pin.ts")).runPinUpdate,
  },
  {
    name: "recover",
    summary: "try failed pins and unpins again: one, or all",
    arguments: [{ name: "CID", isOptional: true }],
    flags: [local],
    load: async () => (await import("./commands/status.ts")).runRecover,
  },
  {
    name: "peers rm",
    summary: "remove a member from the cluster",
    arguments: [{ name: "PEER-ID" }],
    flags: [],
    load: async () => (await import("./commands/peers.ts")).runPeersRm,
  },
  {
    name: "health graph",
    summary: "the connections of the cluster as a dot file",
    arguments: [],
    flags: [
      { name: "file", short: "f", value: "PATH", summary: "save it there" },
      { name: "all-ipfs-peers", summary: "with every peer of the IPFS swarm" },
    ],
    load: async () => (await import("./commands/health.ts")).runHealthGraph,
  },
  {
    name: "health metrics",
    summary: "what the peers have told about themselves, or which metrics there are",
    arguments: [{ name: "METRIC", isOptional: true }],
    flags: [],
    load: async () => (await import("./commands/health.ts")).runHealthMetrics,
  },
  {
    name: "health alerts",
    summary: "metrics that have expired",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/health.ts")).runHealthAlerts,
  },
  {
    name: "health bandwidth",
    summary: "traffic of the cluster's swarm by protocol",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/health.ts")).runHealthBandwidth,
  },
  {
    name: "ipfs gc",
    summary: "remove blocks that nothing keeps, on every peer's IPFS node",
    arguments: [],
    flags: [local],
    load: async () => (await import("./commands/ipfs-gc.ts")).runIpfsGc,
  },
];
