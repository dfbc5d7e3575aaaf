import { goJson } from "#api";

import { corsMiddleware, type Exchange, type Handler, mountFetch } from "../kernel/index.ts";
import { errorDocument, jsonType, sendNotFound, statusOf } from "./answers.ts";
import type { RestDeps } from "./deps.ts";
import { jsonRoutes } from "./json-routes.ts";
import { cleanPath, matchesPath } from "./paths.ts";
import { streamRoutes } from "./stream-routes.ts";

/**
 * IPFS Cluster's REST API (spec: cluster 1). Streams are served on the exchange itself, because they need trailers; the
 * rest by an Elysia app that is loaded with the first request that needs it. docs/differences.md tells where it departs
 * from IPFS Cluster 1.1.6.
 */
export function restHandler(deps: RestDeps): Handler {
  const cors = corsMiddleware(deps.config.cors);
  let jsonHandler: Promise<Handler> | undefined;
  return async (exchange) => {
    if (await cors(exchange)) return;
    if (await redirected(exchange)) return;
    const { method, rawPath } = exchange;
    const stream = streamRoutes.filter(({ path }) => matchesPath(path, rawPath));
    const json = jsonRoutes.filter(({ path }) => matchesPath(path, rawPath));
    const streaming = stream.find((route) => route.method === method);
    const isKnown = stream.length + json.length > 0;
    if (isKnown && streaming === undefined && !json.some((route) => route.method === method)) {
      return exchange.send(405, {});
    }
    Object.assign(exchange.responseHeaders, deps.config.headers);
    if (!isKnown) return sendNotFound(exchange);
    if (streaming !== undefined) return serve(deps, exchange, streaming.serve);
    jsonHandler ??= loadJsonHandler(deps);
    return (await jsonHandler)(exchange);
  };
}

async function loadJsonHandler(deps: RestDeps): Promise<Handler> {
  const { createJsonApp } = await import("./json-app.ts");
  return mountFetch(createJsonApp(deps));
}

async function serve(
  deps: RestDeps,
  exchange: Exchange,
  route: (deps: RestDeps, exchange: Exchange) => Promise<void>,
): Promise<void> {
  try {
    await route(deps, exchange);
  } catch (error) {
    if (exchange.hasBegun) throw error;
    await exchange.send(statusOf(error), jsonType, goJson(errorDocument(error)));
  }
}

/** A path that ends in a slash, or is not clean, is answered with the one that is meant (cluster 1.1). */
async function redirected(exchange: Exchange): Promise<boolean> {
  const { rawPath, rawQuery, method } = exchange;
  const query = rawQuery === "" ? "" : `?${rawQuery}`;
  if (rawPath.length > 1 && rawPath.endsWith("/")) {
    const location = `${rawPath.slice(0, -1).replace(/^\/+/, "/")}${query}`;
    const html = { Location: location, "Content-Type": "text/html; charset=utf-8" };
    if (method === "GET") {
      await exchange.send(
        307,
        html,
        `<a href="${escapeHtml(location)}">Temporary Redirect</a>.\n\n`,
      );
    } else await exchange.send(307, { Location: location });
    return true;
  }
  const clean = cleanPath(rawPath);
  if (clean === rawPath) return false;
  await exchange.send(301, { Location: `${clean}${query}` });
  return true;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&#34;");
}
