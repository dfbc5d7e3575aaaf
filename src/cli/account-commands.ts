import type { Argument, Command, Flag } from "./command.ts";

const name: Argument = { name: "NAME" };
const scope: Flag = {
  name: "scope",
  value: "SCOPES",
  // spelled out: the API's names would be loaded with every command
  summary: "separated by commas: read, pin, add, admin",
};

/** Who may use the APIs. They change the data folder, whether its peer runs or not. */
export const accountCommands: readonly Command[] = [
  {
    name: "user add",
    summary: "add a user of the APIs; asks for the password, or reads it from stdin",
    arguments: [name],
    flags: [{ ...scope, summary: `${scope.summary} (default: admin)` }],
    load: async () => (await import("./commands/user.ts")).runUserAdd,
  },
  {
    name: "user passwd",
    summary: "change a user's password; the user's tokens end",
    arguments: [name],
    flags: [],
    load: async () => (await import("./commands/user.ts")).runUserPasswd,
  },
  {
    name: "user rm",
    summary: "remove a user and the user's tokens",
    arguments: [name],
    flags: [],
    load: async () => (await import("./commands/user.ts")).runUserRm,
  },
  {
    name: "user ls",
    summary: "list the users",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/user.ts")).runUserLs,
  },
  {
    name: "token create",
    summary: "make a token for programs; with --host at the peer there, else in the data folder",
    arguments: [],
    flags: [
      scope,
      {
        name: "expires",
        value: "TIME",
        summary: "12h, 30d, 2030-01-02T03:04:05Z or never (default: 90d)",
      },
      { name: "name", short: "n", value: "TEXT", summary: "what it is for" },
      {
        name: "user",
        value: "NAME",
        summary: "whose it is; it ends with the user or the password",
      },
    ],
    load: async () => (await import("./commands/token.ts")).runTokenCreate,
  },
  {
    name: "token ls",
    summary: "list the tokens, without their secrets",
    arguments: [],
    flags: [],
    load: async () => (await import("./commands/token.ts")).runTokenLs,
  },
  {
    name: "token revoke",
    summary: "end a token, and those that were made with it",
    arguments: [{ name: "ID" }],
    flags: [],
    load: async () => (await import("./commands/token.ts")).runTokenRevoke,
  },
];
