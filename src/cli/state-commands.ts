import type { Command, Flag } from "./command.ts";

const force: Flag = { name: "force", short: "f", aliases: ["yes"], summary: "do not ask" };

/** The pinset of a data folder in which no peer runs. */
export const stateCommands: readonly Command[] = [
  {
    name: "state export",
    summary: "write the pinset, one pin a line; only without a running peer",
    arguments: [],
    flags: [{ name: "file", short: "f", value: "PATH", summary: "where to (default: stdout)" }],
    load: async () => (await import("./commands/state.ts")).runStateExport,
  },
  {
    name: "state import",
    summary: "put exported pins, of a file or stdin, in the pinset's place: all of them or none",
    arguments: [{ name: "PATH", isOptional: true, isFile: true }],
    flags: [
      force,
      {
        name: "replication-min",
        aliases: ["rmin"],
        value: "N",
        isNumber: true,
        summary: "for all of them",
      },
      {
        name: "replication-max",
        aliases: ["rmax"],
        value: "N",
        isNumber: true,
        summary: "for all of them",
      },
      { name: "allocations", aliases: ["allocs"], value: "IDS", summary: "for all of them" },
    ],
    load: async () => (await import("./commands/state.ts")).runStateImport,
  },
  {
    name: "state cleanup",
    summary: "empty the pinset; what the IPFS node holds stays",
    arguments: [],
    flags: [force],
    load: async () => (await import("./commands/state.ts")).runStateCleanup,
  },
];
