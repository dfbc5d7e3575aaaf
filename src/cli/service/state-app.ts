import { type Command, ExitError, type Flag } from "../urfave/index.ts";

const outputFlag = (usage: string): Flag => ({ names: ["file", "f"], kind: "string", usage });

const exportCommand: Command = {
  name: "export",
  usage: "save the state to a JSON file",
  description: `
Writes the pinset, one pin a line, to stdout or to a file. "import" reads it again, here
or at another peer.
`,
  flags: [outputFlag("writes to an output file")],
  action: async (invocation) => (await import("./run-state.ts")).runExport(invocation),
};

const importCommand: Command = {
  name: "import",
  usage: "load the state from a file produced by 'export'",
  description: `
Puts the pins of an exported file, or of stdin, in the place of the peer's pinset. A file that
cannot be read to its end changes nothing.
`,
  flags: [
    { names: ["force", "f"], kind: "bool", usage: "skips confirmation prompt" },
    {
      names: ["replication-min", "rmin"],
      kind: "int",
      value: "0",
      usage: "Overwrite replication-factor-min for all pins on import",
    },
    {
      names: ["replication-max", "rmax"],
      kind: "int",
      value: "0",
      usage: "Overwrite replication-factor-max for all pins on import",
    },
    {
      names: ["allocations", "allocs"],
      kind: "string",
      usage: "Overwrite allocations for all pins on import. Comma-separated list of peer IDs",
    },
  ],
  action: async (invocation) => (await import("./run-state.ts")).runImport(invocation),
};

const cleanupCommand: Command = {
  name: "cleanup",
  usage: "remove persistent data",
  description: `
Removes the pinset, so that the next start is like a first one. The IPFS node keeps its pins.
`,
  flags: [{ names: ["force", "f"], kind: "bool", usage: "skip confirmation prompt" }],
  action: async (invocation) => (await import("./run-state.ts")).runCleanup(invocation),
};

const crdtCommand: Command = {
  name: "crdt",
  usage: "CRDT-state commands",
  before: async (invocation) => (await import("./folder.ts")).requireConfig(invocation),
  subcommands: [
    laterCommand("info", "Print information about the CRDT store"),
    laterCommand("dot", "Write the CRDT-DAG as DOT file", [
      outputFlag("writes to file instead of stdout"),
    ]),
    laterCommand("mark-dirty", "Marks the CRDT-store as dirty"),
    laterCommand("mark-clean", "Marks the CRDT-store as clean"),
  ],
};

export const stateCommand: Command = {
  name: "state",
  usage: "Manages the peer's persistent state (pinset)",
  subcommands: [crdtCommand, exportCommand, importCommand, cleanupCommand],
};

function laterCommand(name: string, usage: string, flags: readonly Flag[] = []): Command {
  return {
    name,
    usage,
    flags,
    action: () => {
      throw new ExitError(`state crdt ${name} comes with clusters of several peers`, 1);
    },
  };
}
