import type { Command } from "../../urfave/index.ts";
import { afterwards, allocations, metadata } from "../flags.ts";

const pinAdd: Command = {
  name: "add",
  usage: "Pin an item in the cluster",
  argsUsage: "<CID|Path>",
  description: `
This command tells IPFS Cluster to start managing a CID. Depending on
the pinning strategy, this will trigger IPFS pin requests. The CID will
become part of the Cluster's state and will tracked from this point.

When the request has succeeded, the command returns the status of the CID
in the cluster and should be part of the list offered by "pin ls".

An optional replication factor can be provided: -1 means "pin everywhere"
and 0 means use cluster's default setting (i.e., replication factor set in
config). Positive values indicate how many peers should pin this content.

An optional allocations argument can be provided, allocations should be a
comma-separated list of peer IDs on which we want to pin. Peers in allocations
are prioritized over automatically-determined ones, but replication factors
would still be respected.
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
This command tells IPFS Cluster to no longer manage a CID. This will
trigger unpinning operations in all the IPFS nodes holding the content.

When the request has succeeded, the command returns the status of the CID
in the cluster. The CID should disappear from the list offered by "pin ls",
although unpinning operations in the cluster may take longer or fail.
`,
  flags: afterwards("unpinning"),
  action: async (invocation) => (await import("../run-pin.ts")).runPinRm(invocation),
};

const pinUpdate: Command = {
  name: "update",
  usage: "Pin a new item based on an existing one",
  argsUsage: "<existing-CID> <new-CID|Path>",
  description: `
This command will add a new pin to the cluster taking all the options from an
existing one, including name. This means that the new pin will bypass the
allocation process and will be allocated to the same peers as the existing
one.

The cluster peers will try to Pin the new item on IPFS using the "pin update"
command. This is especially efficient when the content of two pins (their DAGs)
are similar.

Unlike the "pin update" command in the ipfs daemon, this will not unpin the
existing item from the cluster. Please run "pin rm" for that.
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
This command will list the CIDs which are tracked by IPFS Cluster and to
which peers they are currently allocated. This list does not include
any monitoring information about the IPFS status of the CIDs, it
merely represents the list of pins which are part of the shared state of
the cluster. For IPFS-status information about the pins, use "status".

The filter only takes effect when listing all pins. The possible values are:
  - all (default)
  - pin (normal pins, recursive or direct)
  - meta-pin (sharded pins)
  - clusterdag-pin (sharding-dag root pins)
  - shard-pin (individual shard pins)
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
