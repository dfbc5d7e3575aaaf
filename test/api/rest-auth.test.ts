// Goal: the REST API lets each account do what its scopes say and nothing else, whatever the path is spelled like; tokens come
// and go through it; the client can use it all.
// Method: a cluster of one in memory behind the real gate and users.json, on a free port; raw sockets for odd paths.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { join } from "node:path";

import { createRestClient, type Credentials, RestApiError, type Scope } from "#api";
import { silentLogger, systemClock } from "#lib";
import { ManualClock } from "#test/manual-clock";
import { MemoryConnector } from "#test/memory-connector";
import { MemoryKeyspace } from "#test/memory-keyspace";
import { openRestStack, type RestStack } from "#test/rest-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

import { jsonRoutes } from "../../src/http/rest/json-routes.ts";
import { needs } from "../../src/http/rest/scopes.ts";
import { streamRoutes } from "../../src/http/rest/stream-routes.ts";
import { type ApiGates, openApiGates } from "../../src/peer/users/api-gates.ts";

const nobody = "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN";
const credentials = { ann: "secret" };
const ann = { username: "ann", password: "secret" };

let folder: TempFolder;
let clock: ManualClock;
let gates: ApiGates;
let rest: RestStack;

beforeEach(async () => {
  folder = makeTempFolder();
  // the routes take the system's time; only the gate's can be moved on
  clock = new ManualClock(systemClock.now());
  await open(credentials);
});

afterEach(async () => {
  await rest[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function open(basic: Readonly<Record<string, string>> | null): Promise<void> {
  gates = await openApiGates(join(folder.path, "users.json"), { clock, logger: silentLogger });
  const gate = gates.rest({ basic_auth_credentials: basic, headers: { "X-Custom": ["one"] } });
  const memory = { connector: new MemoryConnector(), pinset: new MemoryKeyspace() };
  rest = await openRestStack(memory, { gate, rest: { headers: { "X-Custom": ["one"] } } });
}

function clientOf(given?: Credentials): ReturnType<typeof createRestClient> {
  return createRestClient({ url: rest.url, credentials: given });
}

async function tokenFor(scopes: readonly Scope[], expires = "1h"): Promise<string> {
  return (await clientOf(ann).createToken({ scopes, expires })).token;
}

function basicOf({ username, password }: typeof ann): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

async function statusOf(method: string, path: string, authorization: string): Promise<number> {
  const headers = { Authorization: authorization };
  const response = await fetch(`${rest.url}${path}`, { method, headers });
  await response.text();
  return response.status;
}

/** A request whose target goes out as it is. */
function statusOfRaw(method: string, target: string, authorization: string): Promise<number> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(new URL(rest.url).port), "127.0.0.1", () => {
      const lines = [`${method} ${target} HTTP/1.1`, "Host: x", `Authorization: ${authorization}`];
      socket.write(`${lines.join("\r\n")}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
    socket.on("data", (bytes) => (answer += bytes.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])));
  });
}

describe("scopes", () => {
  test("are told for every route, in one table, and for nothing else", () => {
    const routes = [...streamRoutes, ...jsonRoutes].map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(needs).toSorted()).toEqual(routes.toSorted());
  });

  test.each(["read", "pin", "add", "admin"] as const)(
    "%s opens its routes alone",
    async (scope) => {
      const bearer = `Bearer ${await tokenFor([scope])}`;
      const forbidden: string[] = [];
      for (const route of Object.keys(needs)) {
        const [method = "", path = ""] = route.split(" ");
        const real = path
          .replace(":cid", nobody)
          .replace(":peer", "x")
          .replace(":name", "ping")
          .replace("*", nobody);
        if ((await statusOf(method, real, bearer)) === 403) forbidden.push(route);
      }
      const expected = Object.entries(needs)
        .filter(([route, need]) => {
          if (scope === "admin" || need === "open") return false;
          return route === "POST /token" || need !== scope;
        })
        .map(([route]) => route);
      expect(forbidden).toEqual(expected);
    },
  );

  test("are named when they are missing, in words and for programs", async () => {
    const token = await tokenFor(["read", "add"]);
    const response = await fetch(`${rest.url}/pins/${nobody}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, Origin: "http://a.example" },
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({
      code: 403,
      message: "forbidden: this needs the scope pin, and the scopes given are: read, add",
    });
    expect(response.headers.get("www-authenticate")).toContain(
      'error="insufficient_scope", scope="pin"',
    );
    expect(response.headers.get("x-custom")).toBe("one");
    expect(response.headers.get("vary")).toBe("Origin");
  });

  test.each([
    "/pins/ipfs/%2e%2e/%2e%2e/ipfs/gc",
    "/pins/ipfs/%2E%2E/.%2e/ipfs/gc",
    "/pins/ipfs/../../ipfs/gc",
    "/pins/ipfs/x\\..\\..\\..\\ipfs\\gc",
    "/pins/x\\..\\..\\peers",
    "/pins/%2e%2e",
    "//ipfs/gc",
    "/pins/ipfs/..;/gc",
    "/pins/..%2fipfs%2fgc",
    "http://x/ipfs/gc",
  ])("cannot be got around by POST %s", async (target) => {
    const bearer = `Bearer ${await tokenFor(["pin"])}`;
    const admin = statusOfRaw("POST", "/ipfs/gc", `Bearer ${await tokenFor(["admin"])}`);
    expect(await admin).toBe(200);
    expect([301, 307, 400, 403, 404, 500]).toContain(await statusOfRaw("POST", target, bearer));
  });
});

function tokenStatus(query: string): Promise<number> {
  return statusOf("POST", `/token?${query}`, basicOf(ann));
}

describe("POST /token", () => {
  test("gives a JWT like IPFS Cluster, and with options a token that ends", async () => {
    const jwt = await clientOf(ann).createToken();
    expect(Object.keys(jwt)).toEqual(["token"]);
    expect(jwt.token).toStartWith("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhbm4ifQ.");
    const made = await clientOf({ token: jwt.token }).createToken({
      scopes: ["read"],
      expires: "5m",
    });
    expect(made.scopes).toEqual(["read"]);
    const left = Date.parse(made.expires ?? "") - clock.now();
    expect(left).toBeGreaterThan(290_000);
    expect(left).toBeLessThan(330_000);
    const client = clientOf({ token: made.token });
    expect((await client.version()).version).toBe("1.1.6");
    clock.advance(left);
    await expect(client.version()).rejects.toMatchObject({ status: 401 });
  });

  test("gives nothing more than what it was asked with", async () => {
    const admin = await clientOf(ann).createToken({ scopes: ["admin"], expires: "1h" });
    const child = await clientOf({ token: admin.token }).createToken({
      scopes: ["pin"],
      expires: "9h",
    });
    expect(child.expires).toBe(admin.expires);
    const grandchild = clientOf({ token: child.token }).createToken({ scopes: ["pin"] });
    await expect(grandchild).rejects.toMatchObject({ status: 403 });
    await expect(clientOf({ token: child.token }).createToken()).rejects.toMatchObject({
      status: 403,
    });
  });

  test("says what is wrong with its options", async () => {
    expect(await tokenStatus("scope=write")).toBe(400);
    expect(await tokenStatus("scope=")).toBe(400);
    expect(await tokenStatus("expires=soon")).toBe(400);
    expect(await tokenStatus("expires=2001-01-01T00:00:00Z")).toBe(400);
    expect(await tokenStatus("expires=-5m")).toBe(400);
    expect(await tokenStatus("expires=never")).toBe(200);
  });

  test("is 401 where nobody has to log in, as IPFS Cluster says it", async () => {
    await rest[Symbol.asyncDispose]();
    await open(null);
    const response = await fetch(`${rest.url}/token`, { method: "POST" });
    expect(response.status).toBe(401);
    expect(response.headers.has("www-authenticate")).toBe(false);
    expect(await response.text()).toBe('{"code":401,"message":"unauthorized"}\n');
  });

  test("closes nothing before it is asked for by somebody who may", async () => {
    expect(await statusOf("POST", "/token?scope=admin", "Basic eDp5")).toBe(401);
    expect(await statusOf("GET", "/health", "")).toBe(204);
  });
});

test("an upload without credentials is refused before it is read", async () => {
  let pieces = 0;
  const endless = (async function* (): AsyncGenerator<Uint8Array> {
    for (;;) {
      pieces += 1;
      yield new Uint8Array(65_536);
    }
  })();
  const adding = clientOf().add([{ path: "x", type: "file", content: endless }]);
  await expect(Array.fromAsync(adding)).rejects.toBeInstanceOf(RestApiError);
  expect(pieces).toBeLessThan(1000);
});
