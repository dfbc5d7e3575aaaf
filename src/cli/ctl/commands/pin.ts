import type { Command } from "../../urfave/index.ts";
import { afterwards, allocations, metadata } from "../flags.ts";

const pinAdd: Command = {
  name: "add",
  usage: "Pin an item in the cluster",
  argsUsage: "<CID|Path>",
  description: `
Puts a CID, or what a path leads to, into the pinset; the peers it is allocated to then
pin it. Prints how it stands; with --wait once enough peers have pinned it.

Replication factors: the number of peers, -1 for all, 0 for what the configuration says.

Peers of --allocations are taken before others, but no more of them than the maximum,
and others join in if they are too few.
`,
  flags: [
    {
      names: ["replication", "r"],
      kind: "int",
      usage: "Sets a custom replication factor (overrides -rmax and -rmin)",
    },
    {
      names: ["replication-min", "rmin"],
      kind: "int",
      usage: "Sets the minimum replication factor for this pin",
    },
    {
      names: ["replication-max", "rmax"],
      kind: "int",
      usage: "Sets the maximum replication factor for this pin",
    },
    allocations,
    { names: ["name", "n"], kind: "string", usage: "Sets a name for this pin" },
    {
      names: ["mode"],
      kind: "string",
      value: "recursive",
      usage: "Select a way to pin: recursive or direct",
    },
    {
      names: ["expire-in"],
      kind: "string",
      usage: "Duration after which pin should be unpinned automatically",
    },
    metadata,
    ...afterwards("pinning"),
  ],
  action: async (invocation) => (await import("../run-pin.ts")).runPinAdd(invocation),
};

const pinRm: Command = {
  name: "rm",
  usage: "Unpin an item from the cluster",
  argsUsage: "<CID|Path>",
  description: `
Takes a CID, or what a path leads to, out of the pinset; the nodes that hold it then unpin
it. Prints how that stands: "pin ls" no longer lists the pin, though a node may still be
at work on it, or fail.
`,
  flags: afterwards("unpinning"),
  action: async (invocation) => (await import("../run-pin.ts")).runPinRm(invocation),
};

const pinUpdate: Command = {
  name: "update",
  usage: "Pin a new item based on an existing one",
  argsUsage: "<existing-CID> <new-CID|Path>",
  description: `
Pins another CID with the options and allocations of a pin that there is. --name and
--expire-in replace two of them.

Nodes do not fetch again what both have in common, which suits a new version of the same
content. The old pin stays, unlike with "ipfs pin update"; "pin rm" removes it.
`,
  flags: [
    { names: ["name", "n"], kind: "string", usage: "Sets a name for this updated pin" },
    {
      names: ["expire-in"],
      kind: "string",
      usage: "Duration after which the pin should be unpinned automatically after updating",
    },
    ...afterwards("updating"),
  ],
  action: async (invocation) => (await import("../run-pin.ts")).runPinUpdate(invocation),
};

const pinLs: Command = {
  name: "ls",
  usage: "List items in the cluster pinset",
  argsUsage: "[CID]",
  description: `
Lists the pinset: each CID with its options and the peers it is allocated to. "status"
tells how far these peers are.

Without a CID, --filter takes types of pins:
  - all (default)
  - pin (content, recursive or direct)
  - meta-pin (content that was added in shards)
  - clusterdag-pin (the list of these shards)
  - shard-pin (one of them)
`,
  flags: [
    {
      names: ["filter"],
      kind: "string",
      value: "all",
      usage: "Comma separated list of pin types. See help above.",
    },
  ],
  action: async (invocation) => (await import("../run-pin.ts")).runPinLs(invocation),
};

const about = "Pin and unpin and list items in IPFS Cluster";

export const pinCommand: Command = {
  name: "pin",
  usage: about,
  description: about,
  subcommands: [pinAdd, pinRm, pinUpdate, pinLs],
};
