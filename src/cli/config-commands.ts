import type { Command } from "./command.ts";

/** What service.json and the environment say of a peer. Neither needs the peer, running or not. */
export const configCommands: readonly Command[] = [
  {
    name: "config show",
    summary: "print the configuration that counts, secrets hidden",
    arguments: [],
    flags: [{ name: "source", summary: "a line a key, with who says so: file, variable, default" }],
    load: async () => (await import("./commands/config.ts")).runConfigShow,
  },
  {
    name: "config check",
    summary: "find everything that is wrong with the configuration; exits 1 when something is",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/config.ts")).runConfigCheck,
  },
];
