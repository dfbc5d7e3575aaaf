// Goal: what the REST API answers to whom it does not know, to paths that are not its own, and to documents that are too long.
// Method: a cluster of one in memory behind it, on a free port.

import { afterEach, beforeEach, expect, test } from "bun:test";

import { MemoryConnector } from "#test/memory-connector";
import { MemoryKeyspace } from "#test/memory-keyspace";
import { speak } from "#test/raw-http";
import { openRestStack, type RestStack } from "#test/rest-stack";

let rest: RestStack;

beforeEach(async () => {
  rest = await openRestStack(memory());
});

afterEach(() => rest[Symbol.asyncDispose]());

function memory() {
  return { connector: new MemoryConnector(), pinset: new MemoryKeyspace() };
}

function portOf({ url }: RestStack): number {
  return Number(new URL(url).port);
}

test("takes no document beyond a megabyte, and of one only the first value", async () => {
  const ask = (body: string): Promise<Response> =>
    fetch(`${rest.url}/peers`, { method: "POST", body });
  const long = await ask(`{"peer_id":"${"x".repeat(2 ** 20)}"}`);
  expect([long.status, await long.json()]).toEqual([
    413,
    { code: 413, message: expect.stringContaining("longer than 1048576 bytes") },
  ]);
  const { id } = await rest.client.id();
  const own = await ask(`{"x":{"y":"}"},"peer_id":"${id}"} {`);
  expect([own.status, await own.json()]).toMatchObject([200, { id }]);
});

test.each([
  ["PUT", "/pins", 405],
  ["GET", "/add", 405],
  ["DELETE", "/id", 405],
  ["POST", "/pins", 405],
  ["GET", "/", 404],
  ["GET", "/pins/a/b/c", 404],
  ["GET", "/pins/%zz", 400],
  ["POST", "/pins/ipfs/%zz", 400],
  ["DELETE", "/peers/x", 400],
])("answers %s %s with %i", async (method, path, status) => {
  expect((await fetch(`${rest.url}${path}`, { method })).status).toBe(status);
});

test("puts the configured headers on JSON answers, and on nothing else", async () => {
  await rest[Symbol.asyncDispose]();
  rest = await openRestStack(memory(), { rest: { headers: { "X-Custom": ["one"] } } });
  const custom = async (path: string, method = "GET"): Promise<string | null> =>
    (await fetch(`${rest.url}${path}`, { method })).headers.get("x-custom");
  expect(await custom("/id")).toBe("one");
  expect(await custom("/pins")).toBe("one");
  expect(await custom("/nope")).toBe("one");
  expect(await custom("/id", "PUT")).toBeNull();
});

test("serves whoever calls it by a short name", async () => {
  const answer = await speak(
    portOf(rest),
    "GET /version HTTP/1.1\r\nHost: pi\r\nConnection: close\r\n\r\n",
  );
  expect(answer).toContain('{"version":"1.1.6"}');
});

test("redirects within itself only", async () => {
  const answer = await speak(
    portOf(rest),
    "GET //evil.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  );
  expect(answer).toContain("Location: /evil.example\r\n");
});
