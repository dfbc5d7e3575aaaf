import { BlockNotFoundError, type CID } from "#model";

import type { Exchange, Handler, ResponseHeaders } from "../kernel/index.ts";
import { answerContent } from "./answer-content.ts";
import { answerError } from "./answer-error.ts";
import { answerKnownFile } from "./answer-file.ts";
import {
  MethodNotAllowedError,
  NamesNotSupportedError,
  NotCachedError,
  PageNotFoundError,
  ServiceWorkerScopeError,
} from "./errors.ts";
import { findTag, possibleTags } from "./etags.ts";
import { allowedMethods, corsHeaders, preflightHeaders, unchangedHeaders } from "./headers.ts";
import { homePage } from "./home-page.ts";
import { negotiate, type Wanted } from "./negotiate.ts";
import { pageVersion } from "./page-version.ts";
import { PatientSource } from "./patient-source.ts";
import { headersAt, type Place, Places } from "./places.ts";
import { parseRoute, type Route, type Target } from "./target.ts";
import { defaultGatewayOptions, type GatewayDeps, type GatewayOptions, queryOf } from "./visit.ts";

export type { GatewayDeps, GatewayOptions } from "./visit.ts";

/** Serves content over HTTP: the IPFS path gateway (specs.ipfs.tech) and the reading half of Agregore's. */
export function gatewayHandler(deps: GatewayDeps, options: Partial<GatewayOptions> = {}): Handler {
  const gateway = new Gateway(deps, { ...defaultGatewayOptions, ...options });
  return (exchange) => gateway.answer(exchange);
}

class Gateway {
  readonly #deps: GatewayDeps;
  readonly #options: GatewayOptions;
  readonly #places: Places;

  constructor(deps: GatewayDeps, options: GatewayOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#places = new Places(options.placesMax);
  }

  async answer(exchange: Exchange): Promise<void> {
    const known = this.#places.get(exchange.rawPath);
    let target = known?.target;
    try {
      const isDone =
        known !== undefined &&
        isPlain(exchange) &&
        (await answerKnownFile(exchange, known, this.#deps.localSource));
      if (isDone) return;
      Object.assign(exchange.responseHeaders, corsHeaders);
      if (exchange.method === "OPTIONS") {
        return await exchange.send(200, { ...preflightHeaders, Allow: allowedMethods });
      }
      if (exchange.method !== "GET" && exchange.method !== "HEAD") {
        throw new MethodNotAllowedError(exchange.method);
      }
      if (target === undefined) {
        const route = parseRoute(exchange.rawPath);
        if (route.type !== "content") return await answerElsewhere(exchange, route);
        ({ target } = route);
      }
      await this.#answerTarget(exchange, target, known);
    } catch (thrown) {
      // what has begun can only be broken off, which the kernel does
      if (exchange.hasBegun || exchange.signal.aborted) throw thrown;
      await answerError(exchange, thrown, { target, logger: this.#deps.logger });
    }
  }

  async #answerTarget(exchange: Exchange, target: Target, known: Place | undefined): Promise<void> {
    const { headers, signal, rawPath } = exchange;
    const { cid, segments } = target.path;
    if (headers["service-worker"] === "script" && segments.length === 0) {
      throw new ServiceWorkerScopeError();
    }
    const wanted = negotiate(headers, exchange.rawQuery === "" ? undefined : exchange.query);
    if (segments.length === 0) {
      // a CID without a path is known before storage is
      const root = { cid, headers: headersAt(target, [cid]) };
      if (await answerNotModified(exchange, root, wanted)) return;
    }
    const isLocal = isOnlyIfCached(headers["cache-control"]);
    const mayFetch = !isLocal && this.#deps.source !== this.#deps.localSource;
    const { retrievalTimeoutMs: timeoutMs } = this.#options;
    using patient = mayFetch ? new PatientSource(this.#deps, { timeoutMs }) : undefined;
    const source = patient ?? this.#deps.localSource;
    try {
      const place = known ?? (await this.#places.resolve(source, { rawPath, target, signal }));
      if (segments.length > 0 && (await answerNotModified(exchange, place, wanted))) return;
      const room = { deps: this.#deps, options: this.#options };
      await answerContent({ ...room, exchange, source, wanted, place });
    } catch (thrown) {
      const isMissing = thrown instanceof BlockNotFoundError && !exchange.hasBegun;
      if (isLocal && isMissing) throw new NotCachedError(target.text);
      throw thrown;
    }
  }
}

/** Answers for targets that are no content. */
function answerElsewhere(
  exchange: Exchange,
  route: Exclude<Route, { readonly type: "content" }>,
): Promise<void> {
  switch (route.type) {
    case "redirect":
      return exchange.send(301, { Location: withQuery(route.location, exchange) });
    case "home":
      return exchange.send(200, { "Content-Type": "text/html" }, homePage);
    case "name":
      throw new NamesNotSupportedError(exchange.rawPath);
    case "unknown":
      break;
  }
  throw new PageNotFoundError();
}

/** Whether nothing is asked for but the target itself. */
function isPlain(exchange: Exchange): boolean {
  if (exchange.method !== "GET" || exchange.rawQuery !== "") return false;
  const { headers } = exchange;
  return (
    (headers.accept === undefined || headers.accept === "*/*") &&
    headers.range === undefined &&
    headers["if-none-match"] === undefined &&
    headers["if-modified-since"] === undefined &&
    headers["if-match"] === undefined &&
    headers["cache-control"] === undefined &&
    headers["service-worker"] === undefined
  );
}

/** Compares the client's tags with those that answers for a CID can have: nothing has to be read for that. */
async function answerNotModified(
  exchange: Exchange,
  at: { readonly cid: CID; readonly headers: ResponseHeaders },
  wanted: Wanted,
): Promise<boolean> {
  const noneMatch = exchange.headers["if-none-match"];
  // `*` asks whether there is anything, and a page instead of an index has its own tag
  if (noneMatch === undefined || noneMatch.includes("*")) return false;
  if (queryOf(exchange, "noResolve") !== undefined) return false;
  const tag = findTag(noneMatch, possibleTags(at.cid, wanted, pageVersion), "weak");
  if (tag === undefined) return false;
  await exchange.send(304, unchangedHeaders(at, tag));
  return true;
}

function isOnlyIfCached(cacheControl: string | undefined): boolean {
  if (cacheControl === undefined) return false;
  return cacheControl.split(",").some((part) => part.trim().toLowerCase() === "only-if-cached");
}

function withQuery(location: string, exchange: Exchange): string {
  return exchange.rawQuery === "" ? location : `${location}?${exchange.rawQuery}`;
}
