// Goal: the section `api.pinsvcapi` shapes the pinning service's listeners as `api.restapi` does those of REST: HTTPS, socket
// files, several addresses, the access log, limits, headers.
// Method: surfaces made from a configuration, over a cluster of one in memory.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { copyFileSync, readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";

import { pinningHandler } from "#http";
import { silentLogger, systemClock } from "#lib";
import { MemoryConnector } from "#test/memory-connector";
import { MemoryKeyspace } from "#test/memory-keyspace";
import { openRestStack, type RestStack } from "#test/rest-stack";
import { projectFolder } from "#test/source-files";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

import { apiSurface } from "../../src/peer/api-surface.ts";
import { parseSettings } from "../../src/peer/config/check.ts";
import { openSurface } from "../../src/peer/listeners.ts";

const seams = { clock: systemClock, logger: silentLogger };

let folder: TempFolder;
let stack: AsyncDisposableStack;
let rest: RestStack;

beforeEach(async () => {
  folder = makeTempFolder();
  stack = new AsyncDisposableStack();
  const memory = { connector: new MemoryConnector(), pinset: new MemoryKeyspace() };
  rest = stack.use(await openRestStack(memory));
});

afterEach(async () => {
  await stack.disposeAsync();
  folder[Symbol.dispose]();
});

/** Opens the listeners of a section; answers their URLs. */
async function open(section: object): Promise<readonly string[]> {
  const { settings } = parseSettings({ api: { pinsvcapi: section } }, (path) => path.join("."));
  const { pinsvcapi } = settings.api;
  if (pinsvcapi === undefined) throw new Error("the section is there");
  const about = { name: "pinsvc", title: "pinning service", section: "api.pinsvcapi" } as const;
  const surface = apiSurface(about, pinsvcapi, folder.path);
  const { late, listeners } = await openSurface(surface, seams, stack);
  const cors = {
    allowedOrigins: pinsvcapi.cors_allowed_origins,
    allowedMethods: pinsvcapi.cors_allowed_methods,
    allowedHeaders: pinsvcapi.cors_allowed_headers,
    exposedHeaders: pinsvcapi.cors_exposed_headers,
    allowCredentials: pinsvcapi.cors_allow_credentials,
    maxAgeSeconds: pinsvcapi.cors_max_age / 1000,
  };
  const config = { headers: pinsvcapi.headers, cors };
  late.arrive(pinningHandler({ ...seams, cluster: rest.cluster, config }));
  return listeners.map(({ url }) => url);
}

function statusBySocket(socketPath: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    call.on("error", reject);
    call.end();
  });
}

test("it listens on ports and socket files, and logs what is asked", async () => {
  const socket = join(folder.path, "pins.sock");
  const [url = ""] = await open({
    http_listen_multiaddress: ["/ip4/127.0.0.1/tcp/0", `/unix${socket}`],
    http_log_file: "pins.log",
    headers: { "X-Custom": ["one"] },
  });
  const answer = await fetch(`${url}/pins?limit=5`);
  expect([answer.status, answer.headers.get("x-custom")]).toEqual([200, "one"]);
  expect(await statusBySocket(socket, "/health")).toBe(204);
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
  const lines = readFileSync(join(folder.path, "pins.log"), "utf8");
  expect(lines).toContain('"GET /pins?limit=5 HTTP/1.1" 200');
  expect(lines).toContain('"GET /health HTTP/1.1" 204');
});

test("with a certificate it speaks HTTPS", async () => {
  for (const name of ["cert", "key"]) {
    const file = join(projectFolder, "test/fixtures/tls", `localhost.${name}.pem`);
    copyFileSync(file, join(folder.path, `${name}.pem`));
  }
  const [url = ""] = await open({
    http_listen_multiaddress: "/ip4/127.0.0.1/tcp/0",
    ssl_cert_file: "cert.pem",
    ssl_key_file: "key.pem",
  });
  expect(url).toStartWith("https://");
  const answer = await fetch(`${url}/pins`, { tls: { rejectUnauthorized: false } });
  expect(await answer.json()).toEqual({ count: 0, results: [] });
});

test("a head beyond the limit is refused", async () => {
  const [url = ""] = await open({ http_listen_multiaddress: "/ip4/127.0.0.1/tcp/0" });
  const answer = await fetch(`${url}/pins`, { headers: { "X-Long": "x".repeat(20_000) } });
  expect(answer.status).toBe(431);
});
