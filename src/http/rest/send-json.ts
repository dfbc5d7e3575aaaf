import { type Exchange, readDocument } from "../kernel/index.ts";
import { bodyOf, failed, type JsonAnswer, jsonType } from "./answers.ts";
import type { RestDeps } from "./deps.ts";
import type { JsonRequest, JsonRoute } from "./json-routes.ts";

/** Answers a JSON route on the exchange itself: for those that are asked so often that the way through an app would show. */
export async function sendJson(
  deps: RestDeps,
  exchange: Exchange,
  route: JsonRoute,
): Promise<void> {
  const answer = await answerOf(deps, requestOf(exchange, route), route);
  return exchange.send(answer.status, jsonType, bodyOf(answer));
}

/** What a JSON route answers, also when it fails. */
export async function answerOf(
  deps: RestDeps,
  request: JsonRequest,
  route: JsonRoute,
): Promise<JsonAnswer> {
  try {
    return await route.answer(deps, request);
  } catch (error) {
    const { method, path } = route;
    const answer = failed(error);
    if (answer.status >= 500) deps.logger.warn("request failed", { method, path, error });
    return answer;
  }
}

function requestOf(exchange: Exchange, route: JsonRoute): JsonRequest {
  return {
    params: paramsOf(route.path, exchange.rawPath),
    query: exchange.query,
    get signal(): AbortSignal {
      return exchange.signal;
    },
    text: () => readDocument(exchange.body),
  };
}

/** What stands in a path where the route has a name. */
function paramsOf(route: string, path: string): JsonRequest["params"] {
  const params: Record<string, string | null> = {};
  const segments = path.split("/");
  for (const [index, segment] of route.split("/").entries()) {
    if (segment.startsWith(":")) params[segment.slice(1)] = decoded(segments[index] ?? "");
  }
  return params;
}

function decoded(segment: string): string | null {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
