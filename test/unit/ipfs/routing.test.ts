// Goal: the DHT and routers are one: asked at the same time, each answer once, the first first, and no search twice. Method:
// routing over a DHT and routers that answer what the test says, when it says so.

import { expect, test } from "bun:test";

import { silentLogger } from "#lib";
import { parseCid } from "#model";
import type { Dht, KnownPeer, RecordValidator } from "#net";
import { ManualClock, until } from "#test/manual-clock";

import type { Provider } from "../../../src/ipfs/exchange/types.ts";
import { routingBounds } from "../../../src/ipfs/routing/bounds.ts";
import { HttpRouter } from "../../../src/ipfs/routing/http-router.ts";
import { NetworkRouting } from "../../../src/ipfs/routing/network-routing.ts";
import type { Routing } from "../../../src/ipfs/routing/types.ts";

const cid = parseCid("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy");
const alice = "12D3KooWM8sovaEGU1bmiWGWAzvs47DEcXKZZTuJnpQyVTkRs2Vn";
const bob = "12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK";
const nameKey = Uint8Array.from([
  ...new TextEncoder().encode("/ipns/"),
  0x12,
  0x20,
  ...new Uint8Array(32),
]);

/** The larger first byte is better; zero is not valid. */
const numbers: RecordValidator = {
  namespace: "ipns",
  validate: async (_key, value) => {
    if (value[0] === 0) throw new Error("zero");
  },
  select: (_key, values) => {
    const firsts = values.map((value) => value[0] ?? 0);
    return firsts.indexOf(Math.max(...firsts));
  },
};

interface Scripted {
  readonly providers?: (signal: AbortSignal | undefined) => AsyncIterable<KnownPeer>;
  readonly values?: readonly number[];
  readonly peer?: KnownPeer;
  readonly put?: () => Promise<void>;
  readonly size?: number;
}

/** Nothing, once the promise is settled. */
async function* nothing(after: Promise<void> = Promise.resolve()): AsyncGenerator<KnownPeer> {
  await after;
  yield* listed();
}

const refuse = (): Promise<void> => Promise.reject(new Error("no peers"));

function scriptedDht(script: Scripted): Dht {
  return {
    mode: () => "client",
    size: script.size ?? 1,
    tables: () => [],
    findProviders: (_multihash, options) => script.providers?.(options?.signal) ?? nothing(),
    provide: async () => undefined,
    provideTo: async () => 0,
    findPeer: async () => {
      if (script.peer === undefined) throw new Error("not found");
      return script.peer;
    },
    closestPeers: () => nothing(),
    async *values() {
      for (const value of script.values ?? []) yield { from: alice, value: Uint8Array.of(value) };
    },
    put: () => script.put?.() ?? Promise.resolve(),
  };
}

interface Scene {
  readonly dht?: Dht;
  readonly answers?: readonly ((url: string, init: RequestInit) => Promise<Response>)[];
}

function open({ dht, answers = [] }: Scene): {
  readonly routing: Routing;
  readonly clock: ManualClock;
} {
  const clock = new ManualClock();
  const bounds = routingBounds("default");
  const routers = answers.map(
    (fetch) =>
      new HttpRouter("https://router.example", {
        fetch,
        clock,
        bounds: bounds.router,
        userAgent: "",
      }),
  );
  const announcer = {
    enqueue: () => undefined,
    clear: () => 0,
    stat: () => {
      throw new Error("not asked for");
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const routing = new NetworkRouting({
    dht,
    routers,
    announcer,
    bounds,
    clock,
    logger: silentLogger,
    validators: [numbers],
  });
  return { routing, clock };
}

async function* listed(...peers: readonly string[]): AsyncGenerator<KnownPeer> {
  for (const peer of peers) yield { peer, addresses: [] };
}

function answering(...peers: readonly string[]) {
  const lines = peers.map((peer) =>
    JSON.stringify({ Schema: "peer", ID: peer, Addrs: ["/ip4/192.0.2.1/tcp/1"] }),
  );
  return async (): Promise<Response> =>
    new Response(lines.join("\n"), { headers: { "content-type": "application/x-ndjson" } });
}

function record(...bytes: readonly number[]) {
  return async (): Promise<Response> =>
    new Response(Uint8Array.from(bytes), {
      headers: { "content-type": "application/vnd.ipfs.ipns-record" },
    });
}

const failing = (): Promise<Response> => Promise.reject(new Error("no route"));

function names(found: readonly Provider[]): string[] {
  return found.map(({ peer }) => peer).toSorted();
}

test("everybody is asked, each provider comes once, and who fails is passed over", async () => {
  const { routing } = open({
    dht: scriptedDht({ providers: () => listed(alice) }),
    answers: [answering(alice, bob), failing],
  });
  await using _ = routing;
  expect(names(await Array.fromAsync(routing.findProviders(cid)))).toEqual([alice, bob]);
});

test("who answers first is heard first, though another never does", async () => {
  let isAborted = false;
  const stuck = (signal: AbortSignal | undefined): AsyncIterable<KnownPeer> =>
    nothing(
      new Promise((resolve) => {
        signal?.addEventListener("abort", () => {
          isAborted = true;
          resolve();
        });
      }),
    );
  const { routing } = open({ dht: scriptedDht({ providers: stuck }), answers: [answering(bob)] });
  await using _ = routing;
  const found = await Array.fromAsync(routing.findProviders(cid, { max: 1 }));
  expect(names(found)).toEqual([bob]);
  await until(() => isAborted);
});

test("searches for the same content at the same time are one, which ends with its last reader", async () => {
  let searches = 0;
  let ends = 0;
  const gate = Promise.withResolvers<void>();
  const slow = async function* (): AsyncGenerator<KnownPeer> {
    searches += 1;
    try {
      yield { peer: alice, addresses: [] };
      await gate.promise;
      yield { peer: bob, addresses: [] };
    } finally {
      ends += 1;
    }
  };
  const { routing } = open({ dht: scriptedDht({ providers: slow }) });
  await using _ = routing;
  const one = Array.fromAsync(routing.findProviders(cid, { max: 1 }));
  const both = Array.fromAsync(routing.findProviders(cid));
  expect(names(await one)).toEqual([alice]);
  const late = Array.fromAsync(routing.findProviders(cid));
  gate.resolve();
  expect(names(await both)).toEqual([alice, bob].toSorted());
  expect(names(await late)).toEqual([alice, bob].toSorted());
  expect([searches, ends]).toEqual([1, 1]);
});

test("a reader that gives up takes nobody with it", async () => {
  const gate = Promise.withResolvers<void>();
  const slow = async function* (): AsyncGenerator<KnownPeer> {
    await gate.promise;
    yield { peer: bob, addresses: [] };
  };
  const { routing } = open({ dht: scriptedDht({ providers: slow }) });
  await using _ = routing;
  const stop = new AbortController();
  const impatient = Array.fromAsync(routing.findProviders(cid, { signal: stop.signal }));
  const patient = Array.fromAsync(routing.findProviders(cid));
  stop.abort(new Error("enough"));
  await expect(impatient).rejects.toThrow("enough");
  gate.resolve();
  expect(names(await patient)).toEqual([bob]);
});

test("that nobody has it is remembered for a short while, but not when somebody failed", async () => {
  let asked = 0;
  const none = async (): Promise<Response> => {
    asked += 1;
    return new Response(null, { status: 404 });
  };
  const { routing, clock } = open({ answers: [none] });
  await using _ = routing;
  for (let i = 0; i < 3; i += 1) {
    expect(await Array.fromAsync(routing.findProviders(cid))).toEqual([]);
    await until(() => asked > 0);
  }
  expect(asked).toBe(1);
  clock.advance(routingBounds("default").emptyMs);
  await Array.fromAsync(routing.findProviders(cid));
  expect(asked).toBe(2);

  let attempts = 0;
  const broken = open({
    dht: scriptedDht({
      providers: async function* () {
        attempts += 1;
        yield* listed();
        throw new Error("broken");
      },
    }),
  });
  await using other = broken.routing;
  for (let i = 0; i < 2; i += 1) await Array.fromAsync(other.findProviders(cid));
  expect(attempts).toBe(2);
});

test("a peer is whoever knows where it is", async () => {
  const { routing } = open({
    dht: scriptedDht({ peer: { peer: bob, addresses: [] } }),
    answers: [failing, answering(bob)],
  });
  await using _ = routing;
  expect((await routing.findPeer(bob)).addresses).toEqual(["/ip4/192.0.2.1/tcp/1"]);
  const nobody = open({ answers: [failing] });
  await using other = nobody.routing;
  await expect(other.findPeer(bob)).rejects.toMatchObject({ code: "PEER_NOT_FOUND" });
});

test("of records only better ones come, invalid ones do not count, and the best is the last", async () => {
  const { routing } = open({
    dht: scriptedDht({ values: [3, 0, 2, 5, 5, 4] }),
    answers: [record(0), failing],
  });
  await using _ = routing;
  const found = await Array.fromAsync(routing.records(nameKey));
  expect(found.map(([first]) => first)).toEqual([3, 5]);
  expect(await routing.getRecord(nameKey)).toEqual(Uint8Array.of(5));
  const two = await Array.fromAsync(routing.records(nameKey, { count: 2 }));
  expect(two.map(([first]) => first)).toEqual([3]);
});

test("without a valid record there is none, whatever the key", async () => {
  const { routing } = open({ dht: scriptedDht({ values: [0] }), answers: [record(0)] });
  await using _ = routing;
  await expect(routing.getRecord(nameKey)).rejects.toMatchObject({ code: "RECORD_NOT_FOUND" });
  const odd = new TextEncoder().encode("/nobody/checks");
  await expect(routing.getRecord(odd)).rejects.toMatchObject({ code: "RECORD_NOT_FOUND" });
});

test("a record is put when somebody has it, and failed when nobody took it", async () => {
  const { routing } = open({
    dht: scriptedDht({ put: refuse }),
    answers: [failing, async () => new Response(null)],
  });
  await using _ = routing;
  await routing.putRecord(nameKey, Uint8Array.of(1));
  const nobody = open({ dht: scriptedDht({ put: refuse }), answers: [failing] });
  await using other = nobody.routing;
  await expect(other.putRecord(nameKey, Uint8Array.of(1))).rejects.toThrow("no peers");
});

test("without a network everything is answered at once", async () => {
  const { routing } = open({});
  await using _ = routing;
  expect(await Array.fromAsync(routing.findProviders(cid))).toEqual([]);
  await expect(routing.provide(cid)).rejects.toMatchObject({ code: "NO_PEERS" });
  await expect(routing.putRecord(nameKey, Uint8Array.of(1))).rejects.toMatchObject({
    code: "NO_PEERS",
  });
  await expect(routing.getRecord(nameKey)).rejects.toMatchObject({ code: "RECORD_NOT_FOUND" });
});
