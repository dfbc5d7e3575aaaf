import {
  defaultTokenLifetime,
  goTime,
  mayDo,
  parseExpiry,
  parseScopes,
  type Scope,
  type TokenJson,
} from "#api";

import { ForbiddenError } from "./errors.ts";
import type { Gate } from "./gate.ts";
import { signJwt } from "./jwt.ts";
import type { Account } from "./types.ts";

/**
 * What `POST /token` answers: for a user whose password the configuration has, a JWT as IPFS Cluster gives it; with `scope` or
 * `expires`, and for everybody else, a token that is stored and can be revoked. None outlives, or may do more than, what
 * it was asked with. Undefined where nobody has to log in, so that there is nobody to name.
 * @throws {BadParameterError} {ForbiddenError}
 */
export async function tokenFor(
  gate: Gate | undefined,
  request: {
    readonly account: Account | undefined;
    readonly query: URLSearchParams;
    readonly now: number;
  },
): Promise<TokenJson | undefined> {
  const { account, query, now } = request;
  if (gate === undefined || account === undefined || gate.accounts.isOpen) return undefined;
  const { accounts } = gate;
  // a token that could be turned into others would outlive its end and its revocation
  if (account.tokenId !== undefined && !mayDo(account.scopes, "admin")) {
    throw new ForbiddenError("admin", account.scopes);
  }
  const key = account.user === undefined ? undefined : accounts.signingKeyOf(account.user);
  const isPlain = !query.has("scope") && !query.has("expires") && account.tokenId === undefined;
  if (isPlain && key !== undefined && account.user !== undefined) {
    return { token: signJwt(account.user, key, account.expiresAt) };
  }
  const wish = wishOf({ account, query, now });
  const { id, token } = await accounts.issueToken({ account, ...wish });
  const { scopes, expiresAt } = wish;
  return { token, id, scopes, expires: expiresAt === undefined ? null : goTime(expiresAt) };
}

interface Wish {
  readonly scopes: readonly Scope[];
  readonly expiresAt: number | undefined;
}

/** @throws {BadParameterError} {ForbiddenError} for a scope that is not the account's own */
function wishOf(request: {
  readonly account: Account;
  readonly query: URLSearchParams;
  readonly now: number;
}): Wish {
  const { account, query, now } = request;
  const scope = query.get("scope");
  const scopes = scope === null ? account.scopes : parseScopes(scope);
  const missing = scopes.find((wanted) => !mayDo(account.scopes, wanted));
  if (missing !== undefined) throw new ForbiddenError(missing, account.scopes);
  const wanted = parseExpiry(query.get("expires") ?? defaultTokenLifetime, now) ?? Infinity;
  const expiresAt = Math.min(wanted, account.expiresAt ?? Infinity);
  return { scopes, expiresAt: expiresAt === Infinity ? undefined : expiresAt };
}
