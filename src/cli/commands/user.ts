import { parseScopes } from "#api";
import { openUserAdmin, type UserInfo } from "#peer";

import type { CommandRun, Context } from "../command.ts";
import { CommandFailedError } from "../errors.ts";
import { folderOf } from "../find-peer.ts";
import type { Input } from "../input.ts";
import { print, printable } from "../output.ts";
import { StdinLines } from "../stdin-lines.ts";

/** Adds a user to the data folder's users.json; the password comes from the terminal, or is a line of stdin. */
export const runUserAdd: CommandRun = async (input, context) => {
  const admin = await openUserAdmin(folderOf(input, context).folder);
  const [name = ""] = input.arguments;
  const scopes = parseScopes(input.text("scope") ?? "admin");
  await admin.addUser(name, await newPassword(context), scopes);
  if (!admin.isClosed) tellClosed(context);
  await print({ name, scopes }, () => `added ${name}`, { input, context });
};

export const runUserPasswd: CommandRun = async (input, context) => {
  const admin = await openUserAdmin(folderOf(input, context).folder);
  const [name = ""] = input.arguments;
  const revoked = await admin.setPassword(name, await newPassword(context));
  const toText = (): string => `changed the password of ${name}${andTokens(revoked)}`;
  await print({ name, revoked }, toText, { input, context });
};

export const runUserRm: CommandRun = async (input, context) => {
  const admin = await openUserAdmin(folderOf(input, context).folder);
  const [name = ""] = input.arguments;
  const revoked = await admin.removeUser(name);
  await print({ name, revoked }, () => `removed ${name}${andTokens(revoked)}`, { input, context });
};

export const runUserLs: CommandRun = async (input, context) => {
  const admin = await openUserAdmin(folderOf(input, context).folder);
  await printRows(admin.users(), lineOf, { input, context });
};

function lineOf({ name, scopes, created }: UserInfo): string {
  return `${printable(name)}\t${scopes.join(",")}\t${created}`;
}

/** One line each, none for none; with --enc=json one document. */
export async function printRows<T>(
  rows: readonly T[],
  toLine: (row: T) => string,
  to: { readonly input: Input; readonly context: Context },
): Promise<void> {
  if (rows.length === 0 && to.input.text("enc") !== "json") return;
  await print(rows, () => rows.map(toLine).join("\n"), to);
}

/** The first user or token of a folder turns the locks of its APIs. */
export function tellClosed(context: Context): void {
  const apis = "the REST API and the pinning service";
  context.warn(`note: from now on ${apis} of this folder's peer ask who is there\n`);
}

function andTokens(revoked: number): string {
  if (revoked === 0) return "";
  return revoked === 1 ? ", and revoked 1 token" : `, and revoked ${revoked} tokens`;
}

async function newPassword(context: Context): Promise<string> {
  if (!context.isTerminal.stdin) return (await new StdinLines(context.stdin).line()) ?? "";
  const password = await context.readSecret("new password: ");
  if (password === (await context.readSecret("again: "))) return password;
  throw new CommandFailedError("the two passwords differ: nothing was changed");
}
