import type { Command } from "../../urfave/index.ts";
import { allocations, longWait, metadata, waitTimeout } from "../flags.ts";

const description = `
Add allows to add and replicate content to several ipfs daemons, performing
a Cluster Pin operation on success. It takes elements from local paths as
well as from web URLs (accessed with a GET request). Providing several
arguments will automatically set --wrap-in-directory.

Cluster "add" works, by default, just like "ipfs add" and has similar options
in terms of DAG layout, chunker, hash function etc. It also supports adding
CAR files directly (--format car), as long as they have a single root. When
adding CAR files, all the options related to dag-building are ignored.

Added content will be allocated and sent block by block to the peers that
should pin it (among which may not necessarily be the local ipfs daemon).
Once all the blocks have arrived, they will be "cluster-pinned". This makes 
cluster add slower than a local ipfs add, but the result is a fully replicated
on completion. If you prefer faster adding, use the --local flag to add 
directly to the local IPFS node and pin in the destinations after that. 
Note that the local IPFS node may not be among the destinations, which will
leave the unpinned content in it.

Optional replication-min and replication-max factors can be provided: -1 means
"pin everywhere" and 0 means use cluster's default setting (i.e., replication
factor set in config). Positive values indicate how many peers should pin this
content.
`;

export const addCommand: Command = {
  name: "add",
  usage: "Add a file or directory to ipfs and pin it in the cluster",
  argsUsage: "<path>",
  description,
  flags: [
    { names: ["recursive", "r"], kind: "bool", usage: "Add directory paths recursively" },
    { names: ["quiet", "q"], kind: "bool", usage: "Write only hashes to output (one per line)" },
    { names: ["quieter", "Q"], kind: "bool", usage: "Write only final hash to output" },
    {
      names: ["no-stream"],
      kind: "bool",
      usage: "Buffer output locally. Produces a valid JSON array with --enc=json.",
    },
    { names: ["local"], kind: "bool", usage: "Add to local peer but pin normally" },
    { names: ["name", "n"], kind: "string", usage: "Sets a name for this pin" },
    {
      names: ["replication-min", "rmin"],
      kind: "int",
      usage: "Sets the minimum replication factor for pinning this file",
    },
    {
      names: ["replication-max", "rmax"],
      kind: "int",
      usage: "Sets the maximum replication factor for pinning this file",
    },
    {
      names: ["expire-in"],
      kind: "string",
      usage: "Duration after which the pin should be unpinned automatically",
    },
    metadata,
    allocations,
    { names: ["no-pin"], kind: "bool", usage: "Do not pin after adding" },
    longWait,
    waitTimeout,
    {
      names: ["wrap-with-directory", "w"],
      kind: "bool",
      usage: "Wrap a with a directory object",
    },
    {
      names: ["format"],
      kind: "string",
      value: "unixfs",
      usage: "'unixfs' (add as unixfs DAG), 'car' (import CAR file)",
    },
    {
      names: ["layout"],
      kind: "string",
      usage: "Dag layout to use for dag generation: balanced or trickle",
    },
    {
      names: ["hidden", "H"],
      kind: "bool",
      usage: "Include files that are hidden.  Only takes effect on recursive add",
    },
    {
      names: ["chunker", "s"],
      kind: "string",
      value: "size-262144",
      usage: "'size-<size>' or 'rabin-<min>-<avg>-<max>'",
    },
    {
      names: ["raw-leaves"],
      kind: "bool",
      usage: "Use raw blocks for leaves (experimental)",
    },
    {
      names: ["cid-version"],
      kind: "int",
      usage: "CID version. Non default implies raw-leaves",
    },
    {
      names: ["hash"],
      kind: "string",
      value: "sha2-256",
      usage: "Hash function to use. Implies cid-version=1",
    },
    {
      names: ["nocopy"],
      kind: "bool",
      usage: "Add the URL using filestore. Implies raw-leaves. (experimental)",
    },
  ],
  action: async (invocation) => (await import("../run-add.ts")).runAdd(invocation),
};
