import { Elysia } from "elysia";

import { readDocument } from "../kernel/index.ts";
import { bodyOf, type JsonAnswer, jsonType } from "./answers.ts";
import type { RestDeps } from "./deps.ts";
import { type JsonRequest, jsonRoutes } from "./json-routes.ts";
import { answerOf } from "./send-json.ts";

/** The JSON routes as an Elysia app, for its `fetch`. */
export function createJsonApp(deps: RestDeps): (request: Request) => Promise<Response> {
  const app = new Elysia({ normalize: false });
  for (const route of jsonRoutes) {
    app.route(
      route.method,
      route.path,
      async ({ request, params }) =>
        respond(await answerOf(deps, requestOf(request, params), route)),
      { parse: "none" },
    );
  }
  return async (request) => app.fetch(request);
}

function requestOf(request: Request, params: JsonRequest["params"]): JsonRequest {
  return {
    params,
    query: new URL(request.url).searchParams,
    signal: request.signal,
    text: async () => (request.body === null ? "" : readDocument(request.body)),
  };
}

function respond(answer: JsonAnswer): Response {
  return new Response(bodyOf(answer) || null, { status: answer.status, headers: jsonType });
}
