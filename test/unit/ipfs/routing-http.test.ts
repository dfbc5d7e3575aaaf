// Goal: routers over HTTP are asked as the specification says, and none of them can hurt us. Method: answers made by hand
// behind a fake `fetch`, among them those of a server that means ill.

import { expect, test } from "bun:test";

import { systemClock } from "#lib";
import { parseCid } from "#model";
import { ManualClock, until } from "#test/manual-clock";

import { routingBounds } from "../../../src/ipfs/routing/bounds.ts";
import { type Fetch, HttpRouter } from "../../../src/ipfs/routing/http-router.ts";

const cid = parseCid("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
const alice = "12D3KooWM8sovaEGU1bmiWGWAzvs47DEcXKZZTuJnpQyVTkRs2Vn";
const bob = "12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK";

interface Asked {
  readonly url: string;
  readonly init: RequestInit;
}

function open(answer: (asked: Asked) => Response | Promise<Response>, clock = systemClock) {
  const asked: Asked[] = [];
  const fetch: Fetch = async (url, init) => {
    asked.push({ url, init });
    return await answer({ url, init });
  };
  const bounds = routingBounds("default").router;
  const router = new HttpRouter("https://router.example/", {
    fetch,
    clock,
    bounds,
    userAgent: "test/1",
  });
  return { router, asked };
}

function ndjson(...lines: readonly string[]): Response {
  return new Response(lines.join("\n"), { headers: { "content-type": "application/x-ndjson" } });
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), {
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}

test("providers come from NDJSON, of the schemas peer, bitswap and unknown ones", async () => {
  const { router, asked } = open(() =>
    ndjson(
      JSON.stringify({
        Schema: "peer",
        ID: alice,
        Addrs: ["/ip4/192.0.2.1/tcp/1", 7],
        Protocols: ["transport-bitswap"],
      }),
      "",
      "{ this is no JSON",
      JSON.stringify({ Schema: "bitswap", ID: bob, Protocol: "transport-bitswap", Addrs: null }),
      JSON.stringify({ Schema: "future", ID: alice, Addrs: ["https://example.org"] }),
      JSON.stringify({ Schema: "peer", ID: "nobody" }),
      "[]",
    ),
  );
  expect(await Array.fromAsync(router.findProviders(cid))).toEqual([
    { peer: alice, addresses: ["/ip4/192.0.2.1/tcp/1"], protocols: ["transport-bitswap"] },
    { peer: bob, addresses: [], protocols: ["transport-bitswap"] },
    { peer: alice, addresses: [], protocols: [] },
  ]);
  const [{ url, init } = { url: "", init: {} }] = asked;
  expect(url).toStartWith(`https://router.example/routing/v1/providers/${cid.toString()}?`);
  expect(url).toContain("filter-protocols=unknown,transport-bitswap,transport-ipfs-gateway-http");
  expect(new Headers(init.headers).get("accept")).toBe("application/x-ndjson, application/json");
  expect(new Headers(init.headers).get("user-agent")).toBe("test/1");
});

test("providers come while the rest of the answer is still on its way", async () => {
  const gate = Promise.withResolvers<void>();
  const encoder = new TextEncoder();
  const { router } = open(
    () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            controller.enqueue(encoder.encode(`{"Schema":"peer","ID":"${alice}"}\n{"Sch`));
            await gate.promise;
            controller.enqueue(encoder.encode(`ema":"peer","ID":"${bob}"}`));
            controller.close();
          },
        }),
        { headers: { "content-type": "application/x-ndjson" } },
      ),
  );
  const found = router.findProviders(cid);
  expect((await found.next()).value?.peer).toBe(alice);
  gate.resolve();
  expect((await found.next()).value?.peer).toBe(bob);
  expect((await found.next()).done).toBe(true);
});

test("one JSON document is as good, and 404, an empty list and null are none", async () => {
  const provider = { Schema: "peer", ID: alice, Addrs: ["/ip4/192.0.2.1/tcp/1"] };
  const answers = [
    json({ Providers: [provider] }),
    json({ Providers: null }),
    json({ Peers: [] }),
    json([]),
    new Response("not found", { status: 404 }),
    new Response("<html>", { headers: { "content-type": "text/html" } }),
  ];
  const { router } = open(() => answers.shift() ?? new Response(null, { status: 500 }));
  const counts: number[] = [];
  while (answers.length > 0) counts.push((await Array.fromAsync(router.findProviders(cid))).length);
  expect(counts).toEqual([1, 0, 0, 0, 0, 0]);
});

test("a peer is asked for as a CID of its key, and others in the answer are left out", async () => {
  const { router, asked } = open(() =>
    json({
      Peers: [
        { Schema: "peer", ID: bob },
        { Schema: "peer", ID: alice, Addrs: ["/ip4/192.0.2.1/tcp/1"] },
      ],
    }),
  );
  expect(await Array.fromAsync(router.findPeer(alice))).toHaveLength(1);
  expect(asked[0]?.url).toMatch(/\/routing\/v1\/peers\/k51[0-9a-z]+$/);
});

test("names are read and written as records of IPNS", async () => {
  const record = Uint8Array.of(1, 2, 3);
  const headers = { "content-type": "application/vnd.ipfs.ipns-record" };
  const bodies: unknown[] = [];
  const { router, asked } = open(({ init }) => {
    bodies.push(init.body);
    return init.method === "PUT" ? new Response(null) : new Response(record, { headers });
  });
  const name = Uint8Array.from([0x12, 0x20, ...new Uint8Array(32)]);
  expect(await router.getName(name)).toEqual(Buffer.from(record));
  await router.putName(name, record);
  expect(asked.map(({ init }) => init.method)).toEqual(["GET", "PUT"]);
  expect(bodies[1]).toEqual(record);
});

test("an answer that is no record is no name, and a router that takes none says so", async () => {
  const name = Uint8Array.from([0x12, 0x20, ...new Uint8Array(32)]);
  const none = open(() => new Response("no record", { headers: { "content-type": "text/plain" } }));
  expect(await none.router.getName(name)).toBeUndefined();
  const deaf = open(() => new Response(null, { status: 404 }));
  await expect(deaf.router.putName(name, Uint8Array.of(1))).rejects.toMatchObject({
    code: "ROUTER_FAILED",
    status: 404,
  });
});

test("an endless answer is broken off, and so is an endless line", async () => {
  let cancelled = 0;
  const endless = (piece: string) => () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new TextEncoder().encode(piece)),
        cancel: () => {
          cancelled += 1;
        },
      }),
      { headers: { "content-type": "application/x-ndjson" } },
    );
  const many = open(endless(`{"Schema":"peer","ID":"${alice}"}\n`.repeat(100)));
  const { recordsMax } = routingBounds("default").router;
  expect(await Array.fromAsync(many.router.findProviders(cid))).toHaveLength(recordsMax);
  const line = open(endless("x".repeat(10_000)));
  await expect(Array.fromAsync(line.router.findProviders(cid))).rejects.toMatchObject({
    code: "ROUTER_FAILED",
  });
  const blank = open(endless("\n".repeat(100_000)));
  await expect(Array.fromAsync(blank.router.findProviders(cid))).rejects.toMatchObject({
    code: "ROUTER_FAILED",
  });
  expect(cancelled).toBe(3);
});

test("a router that says nothing is given up", async () => {
  const clock = new ManualClock();
  const { router } = open(
    ({ init }) =>
      new Promise<Response>((_resolve, reject) => {
        init.signal?.addEventListener("abort", () => reject(new Error("aborted")));
      }),
    clock,
  );
  const found = Array.fromAsync(router.findProviders(cid)).catch((thrown: unknown) => thrown);
  await until(() => clock.next !== undefined);
  clock.advance(20_000);
  expect(await found).toMatchObject({ code: "ROUTER_FAILED" });
});

test("one that fails is left alone, longer each time, and one that asks for a pause gets it", async () => {
  const clock = new ManualClock();
  let status = 503;
  const { router, asked } = open(() => new Response(null, { status }), clock);
  const ask = () => Array.fromAsync(router.findProviders(cid)).catch(() => "failed");
  for (let i = 0; i < 5; i += 1) await ask();
  expect(asked).toHaveLength(1);
  clock.advance(5_000);
  await ask();
  clock.advance(5_000);
  await ask();
  expect(asked).toHaveLength(2);
  clock.advance(5_000);
  status = 200;
  expect(await ask()).toEqual([]);

  const polite = open(
    () => new Response(null, { status: 429, headers: { "retry-after": "60" } }),
    clock,
  );
  const knock = () => Array.fromAsync(polite.router.findProviders(cid)).catch(() => "failed");
  await knock();
  clock.advance(59_000);
  await knock();
  expect(polite.asked).toHaveLength(1);
  clock.advance(1_000);
  await knock();
  expect(polite.asked).toHaveLength(2);
});

test("who gives up is not the router's fault", async () => {
  const stop = new AbortController();
  const { router, asked } = open(({ init }) => {
    stop.abort(new Error("enough"));
    return init.signal?.aborted === true
      ? Promise.reject(new Error("aborted"))
      : Promise.resolve(new Response(null, { status: 404 }));
  });
  await expect(Array.fromAsync(router.findProviders(cid, { signal: stop.signal }))).rejects.toThrow(
    "enough",
  );
  await Array.fromAsync(router.findProviders(cid));
  expect(asked).toHaveLength(2);
});
