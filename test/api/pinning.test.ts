// Goal: what the recordings do not show of the pinning service: the specification's rules for lists, replacing and delegates,
// what REST sees of its pins, who may do what.
// Method: a cluster of one in memory behind both surfaces, on free ports.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";

import { z } from "zod";

import type { Scope } from "#api";
import type { IpfsConnector } from "#cluster";
import type { Gate, Listener } from "#http";
import { silentLogger, systemClock } from "#lib";
import { parseCid } from "#model";
import { eventually } from "#test/eventually";
import { MemoryConnector } from "#test/memory-connector";
import { MemoryKeyspace } from "#test/memory-keyspace";
import { openPinningService } from "#test/pinning-service";
import { openRestStack, type RestStack } from "#test/rest-stack";
import { makeTempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

import { openApiGates } from "../../src/peer/users/api-gates.ts";

const peer = "12D3KooWRawPbxPtP1eZaJpumGnyWX2DcUyd3RQnydr3eAto4Az7";
const nobody = "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN";

let connector: MemoryConnector;
let rest: RestStack;
let service: Listener;

beforeEach(async () => {
  connector = new MemoryConnector();
  rest = await openRestStack({ connector, pinset: new MemoryKeyspace() });
  service = await openPinningService(rest.cluster);
});

afterEach(async () => {
  await service[Symbol.asyncDispose]();
  await rest[Symbol.asyncDispose]();
});

const pinStatus = z.strictObject({
  requestid: z.string(),
  status: z.string(),
  created: z.string(),
  pin: z.strictObject({
    cid: z.string(),
    name: z.string().optional(),
    origins: z.array(z.string()).optional(),
    meta: z.record(z.string(), z.string()).optional(),
  }),
  delegates: z.array(z.string()).min(1).max(20),
  info: z.record(z.string(), z.string()),
});
type PinStatus = z.infer<typeof pinStatus>;

const pinList = z.strictObject({ count: z.number(), results: z.array(pinStatus) });
type PinList = z.infer<typeof pinList>;

interface Answer {
  readonly status: number;
  readonly answer: unknown;
}

async function call(method: string, path: string, body?: object): Promise<Answer> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${service.url}${path}`, init);
  const text = await response.text();
  return { status: response.status, answer: text === "" ? undefined : JSON.parse(text) };
}

async function add(body: object, path = "/pins"): Promise<PinStatus> {
  const { status, answer } = await call("POST", path, body);
  expect(status).toBe(202);
  return pinStatus.parse(answer);
}

async function list(query: string): Promise<PinList> {
  const { status, answer } = await call("GET", `/pins?${query}`);
  expect(status).toBe(200);
  return pinList.parse(answer);
}

/** A CID whose block the node has. */
function here(number: number): string {
  const { cid, bytes } = numberedBlock(number, 16);
  connector.blocks.put(cid, bytes);
  return cid.toString();
}

function elsewhere(number: number): string {
  return numberedBlock(number, 17).cid.toString();
}

async function delegatesWith(addresses: readonly string[]): Promise<readonly string[]> {
  const ipfs: IpfsConnector["id"] = () => Promise.resolve({ id: peer, addresses });
  connector.id = ipfs;
  return (await add({ cid: here(1) })).delegates;
}

async function withGate(run: (gate: Gate) => Promise<void>): Promise<void> {
  using folder = makeTempFolder();
  const seams = { clock: systemClock, logger: silentLogger };
  const gates = await openApiGates(join(folder.path, "users.json"), seams);
  const settings = { basic_auth_credentials: { ann: "secret" }, headers: {} };
  const gate = gates.pinningService(settings);
  await service[Symbol.asyncDispose]();
  service = await openPinningService(rest.cluster, { gate });
  await run(gate);
}

async function statusOf(method: string, path: string, authorization?: string): Promise<number> {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  const response = await fetch(`${service.url}${path}`, { method, headers });
  await response.text();
  return response.status;
}

describe("a pin", () => {
  test("of content that is here is pinned when it is answered, and is told the same ever after", async () => {
    const answer = await add({ cid: here(1), name: "n", meta: { a: "b" } });
    expect(answer).toMatchObject({
      requestid: here(1),
      status: "pinned",
      pin: { cid: here(1), name: "n", meta: { a: "b" } },
    });
    expect((await call("GET", `/pins/${here(1)}`)).answer).toEqual(answer);
    expect((await list("name=n")).results).toEqual([answer]);
  });

  test("looks over REST as if it had been made there", async () => {
    const origin = `/ip4/1.2.3.4/tcp/1/p2p/${peer}`;
    await add({ cid: here(1), name: "n", meta: { a: "b" }, origins: [origin] });
    expect(await rest.client.allocation(here(1))).toMatchObject({
      name: "n",
      metadata: { a: "b" },
      origins: [origin],
      mode: "recursive",
      type: "pin",
      replication_factor_min: -1,
      timestamp: expect.stringMatching(/^[\d-]+T[\d:]+Z$/),
    });
  });

  test("that was made over REST is the service's too", async () => {
    await rest.client.pin(here(1), { name: "n", metadata: { a: "b" } });
    const { count, results } = await list("name=n");
    expect(count).toBe(1);
    expect(results[0]).toMatchObject({ requestid: here(1), pin: { meta: { a: "b" } } });
  });

  test("of content that is elsewhere is under way until it arrives", async () => {
    const { cid, bytes } = numberedBlock(1, 17);
    expect(["queued", "pinning"]).toContain((await add({ cid: cid.toString() })).status);
    expect(await list("")).toEqual({ count: 0, results: [] });
    expect((await list("status=queued,pinning")).count).toBe(1);
    connector.arrive(cid, bytes);
    await eventually(async () => (await list("")).count === 1);
  });

  test("that failed says why", async () => {
    connector.problems.set(here(1), new Error("the disk is full"));
    await add({ cid: here(1) });
    const { results } = await list("status=failed");
    expect(results).toMatchObject([
      { status: "failed", info: { status_details: "the disk is full" } },
    ]);
  });

  test("that the node has lost is failed, not gone", async () => {
    await add({ cid: here(1) });
    connector.records.clear();
    expect((await call("GET", `/pins/${here(1)}`)).answer).toMatchObject({ status: "failed" });
    expect((await list("status=failed")).count).toBe(1);
  });

  test("that is removed is gone, also when the node cannot unpin it yet", async () => {
    await add({ cid: here(1) });
    connector.problems.set(here(1), new Error("busy"));
    expect((await call("DELETE", `/pins/${here(1)}`)).status).toBe(202);
    expect((await call("GET", `/pins/${here(1)}`)).status).toBe(404);
    expect((await list("status=queued,pinning,pinned,failed")).count).toBe(0);
    expect((await call("DELETE", `/pins/${here(1)}`)).status).toBe(404);
  });
});

describe("replacing", () => {
  test("leaves the new pin with what was asked for, and not the old one", async () => {
    await add({ cid: here(1), name: "old", meta: { a: "b" } });
    const answer = await add({ cid: here(2), meta: { c: "d" } }, `/pins/${here(1)}`);
    expect(answer.pin).toEqual({ cid: here(2), meta: { c: "d" } });
    expect((await call("GET", `/pins/${here(1)}`)).status).toBe(404);
    expect(await Array.fromAsync(rest.client.allocations())).toMatchObject([{ cid: here(2) }]);
    expect([...connector.records.keys()]).toEqual([here(2)]);
  });

  test("a pin by itself keeps it, with the new options", async () => {
    await add({ cid: here(1), name: "old" });
    await add({ cid: here(1), name: "new" }, `/pins/${here(1)}`);
    expect((await list("")).results).toMatchObject([{ pin: { cid: here(1), name: "new" } }]);
  });

  test("what is not there is 404 and pins nothing", async () => {
    const body = { cid: here(1) };
    expect((await call("POST", `/pins/${nobody}`, body)).status).toBe(404);
    expect((await list("")).count).toBe(0);
  });

  test("by a body that cannot be read leaves everything as it was", async () => {
    await add({ cid: here(1), name: "old" });
    expect((await call("POST", `/pins/${here(1)}`, { cid: "zz" })).status).toBe(400);
    expect((await list("name=old")).count).toBe(1);
  });
});

async function found(query: string): Promise<string[]> {
  return (await list(query)).results.map(({ requestid }) => requestid);
}

describe("a list", () => {
  test("is read to its end by pages, newest first", async () => {
    for (let number = 0; number < 25; number += 1) await add({ cid: here(number) });
    const seen: string[] = [];
    let { count, results } = await list("");
    expect([count, results.length]).toEqual([25, 10]);
    while (results.length > 0) {
      seen.push(...results.map(({ requestid }) => requestid));
      const before = encodeURIComponent(results.at(-1)?.created ?? "");
      ({ count, results } = await list(`before=${before}`));
      expect(count).toBe(25 - seen.length);
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => here(24 - index)));
  });

  test("after a time has what came later", async () => {
    await add({ cid: here(1) });
    const { created } = await add({ cid: here(2) });
    await add({ cid: here(3) });
    const { results } = await list(`after=${encodeURIComponent(created)}`);
    expect(results.map(({ requestid }) => requestid)).toEqual([here(3)]);
  });

  test("has what fits every filter", async () => {
    await add({ cid: here(1), name: "a", meta: { x: "1", y: "1" } });
    await add({ cid: here(2), name: "a", meta: { x: "1" } });
    await add({ cid: here(3), name: "b", meta: { x: "1", y: "1" } });
    await add({ cid: elsewhere(4), name: "a", meta: { x: "1", y: "1" } });
    const meta = encodeURIComponent('{"x":"1","y":"1"}');
    expect(await found(`name=a&meta=${meta}&status=pinned`)).toEqual([here(1)]);
    expect(await found(`name=a&meta=${meta}`)).toEqual([elsewhere(4), here(1)]);
    expect(await found(`cid=${here(1)},${here(3)},${nobody}&name=b`)).toEqual([here(3)]);
    expect(await found(`cid=${here(1)},${here(1)}`)).toEqual([here(1)]);
  });
});

describe("delegates", () => {
  test("are the node's addresses, each once and with its id", async () => {
    const whole = `/ip4/1.2.3.4/tcp/4001/p2p/${peer}`;
    const relay =
      "/ip4/5.6.7.8/tcp/1/p2p/12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M/p2p-circuit";
    expect(await delegatesWith(["/ip4/1.2.3.4/tcp/4001", whole, relay])).toEqual([
      whole,
      `${relay}/p2p/${peer}`,
    ]);
  });

  test("are never none, and never more than 20", async () => {
    expect(await delegatesWith([])).toEqual([`/p2p/${peer}`]);
    const many = Array.from({ length: 30 }, (_, port) => `/ip4/1.2.3.4/tcp/${port + 1}`);
    expect(await delegatesWith(many)).toHaveLength(20);
  });
});

describe("the surface", () => {
  test("answers what it does not know as IPFS Cluster", async () => {
    expect(await call("GET", "/nope")).toEqual({
      status: 404,
      answer: { error: { reason: "not found" } },
    });
    const put = await fetch(`${service.url}/pins`, { method: "PUT" });
    expect([put.status, await put.text(), put.headers.get("content-type")]).toEqual([
      405,
      "",
      null,
    ]);
    const slash = await fetch(`${service.url}/pins/?limit=1`, { redirect: "manual" });
    expect([slash.status, slash.headers.get("location")]).toEqual([307, "/pins?limit=1"]);
    expect((await call("POST", "/token")).answer).toEqual({ error: { reason: "unauthorized" } });
  });

  test("takes no body beyond a megabyte", async () => {
    const { status, answer } = await call("POST", "/pins", {
      cid: here(1),
      x: "x".repeat(2 ** 20),
    });
    expect(status).toBe(413);
    expect(answer).toMatchObject({ error: { reason: expect.stringContaining("longer than") } });
  });

  test("lets browsers in as it is configured", async () => {
    const answer = await fetch(`${service.url}/pins`, { headers: { Origin: "http://x" } });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  });
});

describe("an account", () => {
  test("that is none gets no further than the health", async () => {
    await withGate(async () => {
      expect(await statusOf("GET", "/pins")).toBe(401);
      expect(await statusOf("GET", "/nope")).toBe(401);
      expect(await statusOf("GET", "/pins", "Bearer wrong")).toBe(401);
      expect(await statusOf("GET", "/health")).toBe(204);
    });
  });

  test("may do what its scopes say", async () => {
    await withGate(async ({ accounts }) => {
      const account = await accounts.checkPassword("ann", "secret");
      if (account === undefined) throw new Error("ann is known");
      const bearer = async (scopes: readonly Scope[]): Promise<string> =>
        `Bearer ${(await accounts.issueToken({ account, scopes, expiresAt: undefined })).token}`;
      const [read, pin] = [await bearer(["read"]), await bearer(["pin"])];
      expect(await statusOf("GET", "/pins", read)).toBe(200);
      expect(await statusOf("DELETE", `/pins/${nobody}`, read)).toBe(403);
      expect(await statusOf("POST", "/pins", read)).toBe(403);
      expect(await statusOf("GET", "/pins", pin)).toBe(403);
      expect(await statusOf("DELETE", `/pins/${nobody}`, pin)).toBe(404);
    });
  });

  test("gets a token with its password", async () => {
    await withGate(async () => {
      const headers = { Authorization: `Basic ${Buffer.from("ann:secret").toString("base64")}` };
      const response = await fetch(`${service.url}/token`, { method: "POST", headers });
      const { token } = z.object({ token: z.string() }).parse(await response.json());
      expect(await statusOf("GET", "/pins", `Bearer ${token}`)).toBe(200);
    });
  });
});

test("a list that nobody waits for any more is given up", async () => {
  let isStopped = false;
  const begun = Promise.withResolvers<void>();
  const cluster = {
    ...rest.cluster,
    async *statusPages({ signal }: { readonly signal?: AbortSignal } = {}) {
      try {
        for (;;) {
          signal?.throwIfAborted();
          begun.resolve();
          yield [await rest.cluster.status(parseCid(nobody))];
          await new Promise(setImmediate);
        }
      } finally {
        isStopped = true;
      }
    },
  };
  await using slow = await openPinningService(cluster);
  const gone = new AbortController();
  const answer = fetch(`${slow.url}/pins`, { signal: gone.signal }).catch(() => undefined);
  await begun.promise;
  gone.abort();
  await answer;
  await eventually(() => isStopped);
});
