import type { Command } from "../../urfave/index.ts";
import { allocations, longWait, metadata, waitTimeout } from "../flags.ts";

const description = `
Imports files, directories (-r) and what URLs answer, and pins the result in the cluster.
Several arguments become the entries of one directory.

The options of the import are those of "ipfs add". --format car takes a CAR file with
one root as it is, and these options do not count.

Blocks go to the peers that are to hold the pin. --local hands them to the asked peer's
node alone, and the others fetch them; that node may be left with content it does not pin.

Replication factors: the number of peers, -1 for all, 0 for what the configuration says.
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
