import { goJson } from "#api";

import { type Account, ForbiddenError } from "../auth/index.ts";
import { corsMiddleware, type Exchange, type Handler, mountFetch } from "../kernel/index.ts";
import {
  failed,
  jsonType,
  sendBadPath,
  sendForbidden,
  sendNotFound,
  sendWrongMethod,
} from "./answers.ts";
import type { RestDeps } from "./deps.ts";
import { type JsonRoute, jsonRoutes } from "./json-routes.ts";
import { matchesPath } from "./paths.ts";
import { redirected } from "./redirect.ts";
import { objectionTo } from "./scopes.ts";
import { sendJson } from "./send-json.ts";
import { type StreamRoute, streamRoutes } from "./stream-routes.ts";

/**
 * IPFS Cluster's REST API (spec: cluster 1). Streams are served on the exchange itself, because they need trailers, and
 * so are single pins, because there are so many; the rest by an Elysia app that is loaded with the first request that
 * needs it. docs/differences.md tells where it departs from IPFS Cluster 1.1.6.
 */
export function restHandler(deps: RestDeps): Handler {
  const cors = corsMiddleware(deps.config.cors);
  let jsonHandler: Promise<Handler> | undefined;
  return async (exchange) => {
    if (/%(?![\da-f]{2})/i.test(exchange.rawPath)) return sendBadPath(exchange);
    const account = await deps.gate?.admit(exchange);
    if (account === undefined && deps.gate !== undefined) return;
    if (await cors(exchange)) return;
    if (await redirected(exchange)) return;
    const { method, rawPath } = exchange;
    const routes = routesOf(rawPath);
    const ours = routes.filter((route) => route.method === method);
    if (routes.length > 0 && ours.length === 0) return sendWrongMethod(exchange);
    Object.assign(exchange.responseHeaders, deps.config.headers);
    if (ours.length === 0) return sendNotFound(exchange);
    const objection = account === undefined ? undefined : objectionTo(account, ours);
    if (objection !== undefined) return sendForbidden(exchange, objection);
    const streaming = ours.find((route) => "serve" in route);
    if (streaming !== undefined) return serve(deps, exchange, { account, route: streaming });
    const often = ours.find((route): route is JsonRoute => "isOften" in route);
    if (often !== undefined) return sendJson(deps, exchange, often);
    jsonHandler ??= loadJsonHandler(deps);
    return (await jsonHandler)(exchange);
  };
}

const allRoutes: readonly (StreamRoute | JsonRoute)[] = [...streamRoutes, ...jsonRoutes];

/** The routes by the first segment of their path, which is a name in all of them. */
const routesByName = Map.groupBy(
  allRoutes.map((route) => ({ route, segments: route.path.split("/") })),
  ({ segments }) => segments[1],
);

/** A path with an escaped slash has one more segment than it shows, which only the paths of content may have. */
function routesOf(rawPath: string): readonly (StreamRoute | JsonRoute)[] {
  const hidesSlash = rawPath.includes("%") && /%2f/i.test(rawPath);
  const asked = rawPath.split("/");
  return (routesByName.get(asked[1]) ?? []).flatMap(({ route, segments }) =>
    (!hidesSlash || segments.at(-1) === "*") && matchesPath(segments, asked) ? [route] : [],
  );
}

async function loadJsonHandler(deps: RestDeps): Promise<Handler> {
  const { createJsonApp } = await import("./json-app.ts");
  return mountFetch(createJsonApp(deps));
}

async function serve(
  deps: RestDeps,
  exchange: Exchange,
  to: { readonly route: StreamRoute; readonly account: Account | undefined },
): Promise<void> {
  try {
    await to.route.serve(deps, exchange, to.account);
  } catch (error) {
    if (exchange.hasBegun) throw error;
    if (error instanceof ForbiddenError) return sendForbidden(exchange, error);
    const { status, document } = failed(error);
    if (status >= 500) deps.logger.warn("request failed", { path: to.route.path, error });
    await exchange.send(status, jsonType, goJson(document));
  }
}
