// Goal: the CORS check answers as rs/cors 1.11 does for Kubo and IPFS Cluster. Method: table of requests over a real
// listener; expected headers from the recorded behaviour of those programs.

import { describe, expect, test } from "bun:test";

import { silentLogger } from "#lib";

import {
  corsMiddleware,
  type CorsOptions,
  mountFetch,
  openListener,
} from "../../../src/http/kernel/index.ts";

const clusterDefaults: CorsOptions = {
  allowedOrigins: ["*"],
  allowedMethods: ["GET"],
  allowedHeaders: [],
  exposedHeaders: ["content-type", "X-Stream-Output"],
  allowCredentials: true,
  maxAgeSeconds: 0,
};

async function ask(options: CorsOptions, init: RequestInit): Promise<Record<string, string>> {
  const cors = corsMiddleware(options);
  await using listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    logger: silentLogger,
    name: "test",
    handler: async (exchange) => {
      if (await cors(exchange)) return;
      await exchange.send(200, {}, "run");
    },
  });
  const response = await fetch(listener.url, init);
  const names = [...response.headers.keys()].filter((name) => /^(vary|access-control)/.test(name));
  const pairs = names.map((name) => [
    name.replace("access-control-", ""),
    response.headers.get(name) ?? "",
  ]);
  return { ...Object.fromEntries(pairs), answer: `${response.status} ${await response.text()}` };
}

const preflight = (method: string, more: Record<string, string> = {}): RequestInit => ({
  method: "OPTIONS",
  headers: { Origin: "http://a.example", "Access-Control-Request-Method": method, ...more },
});
const preflightVary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

describe("CORS", () => {
  test("an allowed method carries origin, credentials and exposed headers", async () => {
    expect(await ask(clusterDefaults, { headers: { Origin: "http://a.example" } })).toEqual({
      vary: "Origin",
      "allow-origin": "*",
      "allow-credentials": "true",
      "expose-headers": "Content-Type, X-Stream-Output",
      answer: "200 run",
    });
  });

  test("a method that is not allowed runs without CORS headers", async () => {
    const post = { method: "POST", headers: { Origin: "http://a.example" } };
    expect(await ask(clusterDefaults, post)).toEqual({ vary: "Origin", answer: "200 run" });
  });

  test("a preflight is answered here, with the asked method and headers when they are allowed", async () => {
    const wanted = { "Access-Control-Request-Headers": "content-type,x-requested-with" };
    expect(await ask({ ...clusterDefaults, maxAgeSeconds: 600 }, preflight("GET", wanted))).toEqual(
      {
        vary: preflightVary,
        "allow-origin": "*",
        "allow-credentials": "true",
        "allow-methods": "GET",
        "allow-headers": "content-type,x-requested-with",
        "max-age": "600",
        answer: "204 ",
      },
    );
    const refused = { vary: preflightVary, answer: "204 " };
    expect(await ask(clusterDefaults, preflight("DELETE"))).toEqual(refused);
    const strange = { "Access-Control-Request-Headers": "authorization" };
    expect(await ask(clusterDefaults, preflight("GET", strange))).toEqual(refused);
  });

  test("origins are compared without case and may have one wildcard", async () => {
    const options = { ...clusterDefaults, allowedOrigins: ["HTTP://*.example", "http://b.test"] };
    const from = async (origin: string) =>
      (await ask(options, { headers: { Origin: origin } }))["allow-origin"];
    expect(await from("http://a.example")).toBe("http://a.example");
    expect(await from("http://B.test")).toBe("http://B.test");
    expect(await from("http://a.example.evil")).toBeUndefined();
  });
});

async function call(
  fetchHandler: Parameters<typeof mountFetch>[0],
  path = "/x?y=1",
  init: RequestInit = {},
) {
  await using listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    logger: silentLogger,
    name: "test",
    handler: mountFetch(fetchHandler),
  });
  const response = await fetch(listener.url + path, init);
  return { response, text: await response.text() };
}

describe("a mounted fetch handler", () => {
  test("sees method, target, headers and body, and answers with a length", async () => {
    const { response, text } = await call(
      async (request) => {
        const { pathname, search } = new URL(request.url);
        const said = `${request.method} ${pathname}${search} ${request.headers.get("x-a")} ${await request.text()}`;
        return new Response(said, { status: 201, headers: { "content-type": "text/x" } });
      },
      "/x?y=1",
      { method: "POST", headers: { "X-A": "1" }, body: "abc" },
    );
    expect(text).toBe("POST /x?y=1 1 abc");
    expect(response.status).toBe(201);
    expect(response.headers.get("content-length")).toBe("17");
    expect(response.headers.get("content-type")).toBe("text/x");
  });

  test("an answer without a body has none, one of several pieces is streamed", async () => {
    expect((await call(() => new Response(null, { status: 204 }))).response.status).toBe(204);
    const { response, text } = await call(() => {
      const stream = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(Buffer.from("a"));
          await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
          controller.enqueue(Buffer.from("b"));
          controller.close();
        },
      });
      return new Response(stream);
    });
    expect(text).toBe("ab");
    expect(response.headers.get("content-length")).toBeNull();
  });
});
