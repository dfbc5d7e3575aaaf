import type { Credentials } from "#api";

import type { Context } from "./command.ts";
import { UsageError } from "./errors.ts";
import type { Input } from "./input.ts";

/** `--token` or `--basic-auth`, else `$PINFOLD_TOKEN`, else `$CLUSTER_CREDENTIALS`. @throws {UsageError} for both flags */
export function credentialsOf(input: Input, context: Context): Credentials | undefined {
  const [token, pair] = [input.text("token"), input.text("basic-auth")];
  if (token !== undefined && pair !== undefined) {
    throw new UsageError("flags --token and --basic-auth exclude each other", input.command.name);
  }
  if (token !== undefined) return { token };
  if (pair !== undefined) return parsePair(pair);
  const { PINFOLD_TOKEN: otherToken = "", CLUSTER_CREDENTIALS: otherPair = "" } =
    context.environment;
  if (otherToken !== "") return { token: otherToken };
  return parsePair(otherPair);
}

/** `USER:PASSWORD`, or a user without one. */
export function parsePair(
  pair: string,
): { readonly username: string; readonly password: string } | undefined {
  if (pair === "") return undefined;
  const colon = pair.indexOf(":");
  if (colon < 0) return { username: pair, password: "" };
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1) };
}

/**
 * Whether an address that does not say so is spoken to by HTTPS: with `--https`, and as `ipfs-cluster-ctl` whenever there
 * are credentials to keep secret and no `--force-http`.
 */
export function isSecureWanted(input: Input, context: Context): boolean {
  if (input.flag("https")) return true;
  return credentialsOf(input, context) !== undefined && !input.flag("force-http");
}
