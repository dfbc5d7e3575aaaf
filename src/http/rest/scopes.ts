import { mayDo, type Scope } from "#api";

import { type Account, ForbiddenError } from "../auth/index.ts";

/** `open`: everybody. `login`: everybody who is known; the route itself says more. */
type Need = Scope | "open" | "login";

/** What each route takes. One that is not here takes `admin`. */
export const needs: Readonly<Record<string, Need>> = {
  "GET /health": "open",
  "POST /token": "login",

  "GET /id": "read",
  "GET /version": "read",
  "GET /peers": "read",
  "GET /allocations": "read",
  "GET /allocations/:cid": "read",
  "GET /pins": "read",
  "GET /pins/:cid": "read",
  "GET /health/graph": "read",
  "GET /health/alerts": "read",
  "GET /health/bandwidth": "read",
  "GET /monitor/metrics": "read",
  "GET /monitor/metrics/:name": "read",

  "POST /pins/:cid": "pin",
  "POST /pins/ipfs/*": "pin",
  "POST /pins/ipns/*": "pin",
  "POST /pins/ipld/*": "pin",
  "DELETE /pins/:cid": "pin",
  "DELETE /pins/ipfs/*": "pin",
  "DELETE /pins/ipns/*": "pin",
  "DELETE /pins/ipld/*": "pin",
  "POST /pins/:cid/recover": "pin",
  "POST /pins/recover": "pin",

  "POST /add": "add",

  "POST /peers": "admin",
  "DELETE /peers/:peer": "admin",
  "POST /ipfs/gc": "admin",
};

interface Route {
  readonly method: string;
  readonly path: string;
}

/** Why an account may not use one of these routes; undefined when it may use them all. */
export function objectionTo(
  account: Account,
  routes: readonly Route[],
): ForbiddenError | undefined {
  for (const { method, path } of routes) {
    const need = needs[`${method} ${path}`] ?? "admin";
    if (need === "open" || need === "login" || mayDo(account.scopes, need)) continue;
    return new ForbiddenError(need, account.scopes);
  }
  return undefined;
}
