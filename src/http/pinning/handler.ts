import { BadParameterError, goJson, mayDo } from "#api";
import { NotInPinsetError } from "#cluster";
import { CodedError, Gate, GateFullError, messageOf } from "#lib";

import { type Account, forbiddenChallenge, ForbiddenError } from "../auth/index.ts";
import { BodyTooLongError, corsMiddleware, type Exchange, type Handler } from "../kernel/index.ts";
import { jsonType, sendWrongMethod } from "../rest/answers.ts";
import type { ApiDeps } from "../rest/deps.ts";
import { matchesPath } from "../rest/paths.ts";
import { redirected } from "../rest/redirect.ts";
import { UnknownPinError } from "./errors.ts";
import { type PinningRoute, pinningRoutes, type RouteDeps } from "./routes.ts";

/** Lists at once: each goes through the whole pinset. */
const listsMax = 4;
const listsWaitingMax = 256;

/**
 * The pinning service API (ipfs/pinning-services-api-spec 1.0.0; spec: cluster 2) over the cluster's pinset, so that pins made
 * here and over REST are the same. Where IPFS Cluster 1.1.6 departs from the specification, this follows the
 * specification; docs/differences.md says where.
 */
export function pinningHandler(deps: ApiDeps): Handler {
  const cors = corsMiddleware(deps.config.cors);
  const lists = new Gate({ what: "lists", max: listsMax, waitingMax: listsWaitingMax });
  const routeDeps = { ...deps, lists };
  return async (exchange) => {
    const account = await deps.gate?.admit(exchange);
    if (account === undefined && deps.gate !== undefined) return;
    if (await cors(exchange)) return;
    if (await redirected(exchange)) return;
    const { method, rawPath } = exchange;
    const asked = rawPath.split("/");
    const routes = pinningRoutes.filter(({ path }) => matchesPath(path.split("/"), asked));
    const route = routes.find((each) => each.method === method);
    if (routes.length > 0 && route === undefined) return sendWrongMethod(exchange);
    Object.assign(exchange.responseHeaders, deps.config.headers);
    try {
      await answer(routeDeps, exchange, { route, account });
    } catch (error) {
      if (exchange.hasBegun) throw error;
      await sendError(deps, exchange, error);
    }
  };
}

async function answer(
  deps: RouteDeps,
  exchange: Exchange,
  to: { readonly route: PinningRoute | undefined; readonly account: Account | undefined },
): Promise<void> {
  const { route, account } = to;
  if (route === undefined) return exchange.send(404, jsonType, failure("not found"));
  const { need } = route;
  const isFree = account === undefined || need === "open" || need === "login";
  if (!isFree && !mayDo(account.scopes, need)) throw new ForbiddenError(need, account.scopes);
  const id = exchange.rawPath.split("/")[2] ?? "";
  await route.answer(deps, { exchange, account, id });
}

function sendError({ logger }: ApiDeps, exchange: Exchange, error: unknown): Promise<void> {
  const { method, rawPath } = exchange;
  const status = statusOf(error);
  if (status >= 500) logger.warn("request failed", { method, path: rawPath, error });
  const more =
    error instanceof ForbiddenError
      ? { "WWW-Authenticate": forbiddenChallenge(error) }
      : status === 503 && { "Retry-After": "1" };
  return exchange.send(status, { ...jsonType, ...more }, failure(messageOf(error)));
}

function failure(reason: string): string {
  return goJson({ error: { reason } });
}

function statusOf(error: unknown): number {
  if (error instanceof NotInPinsetError || error instanceof UnknownPinError) return 404;
  if (error instanceof ForbiddenError) return 403;
  if (error instanceof BodyTooLongError) return 413;
  if (error instanceof GateFullError) return 503;
  if (error instanceof BadParameterError) return 400;
  return error instanceof CodedError && error.kind === "caller" ? 400 : 500;
}
