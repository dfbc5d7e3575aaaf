import { defaultTokenLifetime, goTime, parseExpiry, parseScopes, type TokenJson } from "#api";
import { messageOf, systemClock } from "#lib";
import { openUserAdmin, type TokenInfo } from "#peer";

import type { CommandRun, Context } from "../command.ts";
import { CommandFailedError, UsageError } from "../errors.ts";
import { findRest, folderOf } from "../find-peer.ts";
import type { Input } from "../input.ts";
import { print, printable } from "../output.ts";
import { printRows, tellClosed } from "./user.ts";

/** Makes a token in the data folder, or with --host at a peer elsewhere, for whoever logs in there. */
export const runTokenCreate: CommandRun = async (input, context) => {
  const made = input.has("host") ? await askFor(input, context) : await make(input, context);
  const end = made.expires === null ? "never expires" : `expires ${made.expires ?? "never"}`;
  if (made.id !== undefined) context.warn(`token ${made.id}, ${end}; it is not shown again\n`);
  await print(made, ({ token }) => token, { input, context });
};

async function askFor(input: Input, context: Context): Promise<TokenJson> {
  const { scopes, expires } = wishOf(input);
  for (const flag of ["name", "user"]) {
    if (input.has(flag)) throw usage(`flag --${flag} is for tokens of a data folder`);
  }
  return (await findRest(input, context)).createToken({ scopes, expires });
}

async function make(input: Input, context: Context): Promise<TokenJson> {
  const { scopes, expiresAt } = wishOf(input);
  const admin = await openUserAdmin(folderOf(input, context).folder);
  const [name, user] = [input.text("name") ?? "", input.text("user")];
  const made = await admin.createToken({ name, user, scopes, expiresAt });
  if (!admin.isClosed) tellClosed(context);
  return { ...made, scopes, expires: expiresAt === undefined ? null : goTime(expiresAt) };
}

function wishOf(input: Input) {
  const scope = input.text("scope");
  if (scope === undefined) throw usage("flag --scope is missing: read, pin, add, admin");
  const expires = input.text("expires") ?? defaultTokenLifetime;
  try {
    const expiresAt = parseExpiry(expires, systemClock.now());
    return { scopes: parseScopes(scope), expires, expiresAt };
  } catch (cause) {
    throw usage(messageOf(cause).replace("parameter ", "flag --"));
  }
}

function usage(problem: string): UsageError {
  return new UsageError(problem, "token create");
}

export const runTokenLs: CommandRun = async (input, context) => {
  const admin = await openUserAdmin(folderOf(input, context).folder);
  await printRows(admin.tokens(), lineOf, { input, context });
};

function lineOf({ id, user, scopes, expires, isExpired, name }: TokenInfo): string {
  const end =
    expires === undefined ? "never expires" : `${isExpired ? "expired" : "expires"} ${expires}`;
  return [id, user ?? "-", scopes.join(","), end, name].map(printable).join("\t").trimEnd();
}

/** Takes along what was made with the token. */
export const runTokenRevoke: CommandRun = async (input, context) => {
  const admin = await openUserAdmin(folderOf(input, context).folder);
  const [id = ""] = input.arguments;
  const revoked = await admin.revokeToken(id);
  if (revoked.length === 0) throw new CommandFailedError(`there is no token ${printable(id)}`);
  const toText = (): string => revoked.map((one) => `revoked ${one}`).join("\n");
  await print({ revoked }, toText, { input, context });
};
