import { Elysia } from "elysia";

import { readDocument } from "../kernel/index.ts";
import { bodyOf, failed, type JsonAnswer, jsonType } from "./answers.ts";
import type { RestDeps } from "./deps.ts";
import { type JsonRequest, jsonRoutes } from "./json-routes.ts";

/** The JSON routes as an Elysia app, for its `fetch`. */
export function createJsonApp(deps: RestDeps): (request: Request) => Promise<Response> {
  const app = new Elysia({ normalize: false });
  for (const { method, path, answer } of jsonRoutes) {
    app.route(
      method,
      path,
      async ({ request, params }) => {
        try {
          return respond(await answer(deps, requestOf(request, params)));
        } catch (error) {
          const { status, document } = failed(error);
          if (status >= 500) deps.logger.warn("request failed", { method, path, error });
          return respond({ status, document });
        }
      },
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
