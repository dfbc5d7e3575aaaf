// Goal: trustless HTTP gateways, configured or found, give what no peer has; what they answer is checked, and one in
// trouble is left alone. Method: an exchange without peers, and an HTTP server in this process that does what a test says.

import { describe, expect, test } from "bun:test";

import type { Block } from "#model";
import { eventually } from "#test/eventually";
import { hex, openNode } from "#test/exchange-stack";
import { ManualClock } from "#test/manual-clock";
import { MemoryNetwork } from "#test/memory-network";
import { numberedBlock } from "#test/test-blocks";

import { gatewayUrl, gatewayUrlsOf } from "../../../src/ipfs/exchange/http/gateway-url.ts";

interface Gateway extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly requests: { readonly path: string; readonly accept: string | null }[];
  /** Requests under way, at most. */
  busiest: number;
}

function openGateway(answer: (path: string) => Response | Promise<Response>): Gateway {
  let busy = 0;
  const server = Bun.serve({
    port: 0,
    fetch: async (request) => {
      busy += 1;
      gateway.busiest = Math.max(gateway.busiest, busy);
      const { pathname, search } = new URL(request.url);
      gateway.requests.push({ path: pathname + search, accept: request.headers.get("accept") });
      try {
        return await answer(pathname);
      } finally {
        busy -= 1;
      }
    },
  });
  const port = server.port ?? 0;
  const gateway: Gateway = {
    url: `http://127.0.0.1:${port}`,
    port,
    requests: [],
    busiest: 0,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
  return gateway;
}

function blocksOf(count: number, sizeBytes: number): readonly Block[] {
  return Array.from({ length: count }, (_, index) => numberedBlock(index, sizeBytes));
}

function having(blocks: readonly Block[]): (path: string) => Response {
  const byPath = new Map(blocks.map(({ cid, bytes }) => [`/ipfs/${cid.toString()}`, bytes]));
  return (path) => {
    const bytes = byPath.get(path);
    return bytes === undefined ? new Response("no", { status: 404 }) : new Response(bytes.slice());
  };
}

describe("HTTP gateways", () => {
  test("give what no peer has, a few requests at once", async () => {
    const blocks = blocksOf(40, 4096);
    const serve = having(blocks);
    await using gateway = openGateway(async (path) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return serve(path);
    });
    const network = new MemoryNetwork();
    await using here = await openNode(network.openHost(), {
      httpGateways: [`${gateway.url}/`],
      fetch,
    });
    await using session = here.exchange.openSession({ sink: here.blocks });
    const fetched = await Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    expect(fetched.map(hex)).toEqual(blocks.map(({ bytes }) => hex(bytes)));
    expect(here.blocks.size).toBe(40);
    expect(gateway.requests).toHaveLength(40);
    expect(gateway.requests[0]).toEqual({
      path: `/ipfs/${String(blocks[0]?.cid)}?format=raw`,
      accept: "application/vnd.ipld.raw",
    });
    expect(gateway.busiest).toBeGreaterThan(1);
    expect(gateway.busiest).toBeLessThanOrEqual(8);
  });

  test("are not asked while peers have it", async () => {
    const blocks = blocksOf(10, 4096);
    await using gateway = openGateway(having(blocks));
    const network = new MemoryNetwork();
    await using there = await openNode(network.openHost(), { has: blocks });
    await using here = await openNode(network.openHost(), { httpGateways: [gateway.url], fetch });
    await here.host.connect(there.host.id);
    await using session = here.exchange.openSession({ sink: here.blocks });
    await Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    expect(gateway.requests).toEqual([]);
  });

  test("are found as providers", async () => {
    const blocks = blocksOf(5, 4096);
    await using gateway = openGateway(having(blocks));
    const network = new MemoryNetwork();
    await using here = await openNode(network.openHost(), { fetch });
    here.providers.providers = [
      {
        peer: "12D3KooWGatewayGatewayGatewayGatewayGatewayGateway",
        addresses: [`/ip4/127.0.0.1/tcp/${gateway.port}/http`],
        protocols: ["transport-ipfs-gateway-http"],
      },
    ];
    await using session = here.exchange.openSession({ sink: here.blocks });
    await Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    expect(gateway.requests).toHaveLength(5);
    expect(here.host.dials).toEqual([]);
  });

  test("that give wrong bytes, too many bytes or pages are not believed, and another is asked", async () => {
    const [block] = blocksOf(1, 4096);
    if (block === undefined) throw new Error("none");
    const network = new MemoryNetwork();
    await using honest = openGateway(having([block]));
    const wrong = [
      new Uint8Array(4096),
      "<html>welcome</html>",
      new Uint8Array(5 * 1024 * 1024),
      block.bytes.subarray(0, 4000),
    ];
    for (const body of wrong) {
      await using liar = openGateway(() => new Response(body));
      await using here = await openNode(network.openHost(), {
        httpGateways: [liar.url, honest.url],
        fetch,
      });
      await using session = here.exchange.openSession({ sink: here.blocks });
      expect(hex(await session.fetch(block.cid))).toBe(hex(block.bytes));
      expect(session.progress().blocks).toBe(1);
    }
  });

  test("in trouble are left alone for as long as they say", async () => {
    const [block] = blocksOf(1, 4096);
    if (block === undefined) throw new Error("none");
    const clock = new ManualClock();
    const serve = having([block]);
    let isTired = true;
    await using gateway = openGateway((path) =>
      isTired ? new Response("", { status: 429, headers: { "retry-after": "20" } }) : serve(path),
    );
    const network = new MemoryNetwork();
    await using here = await openNode(network.openHost(), {
      httpGateways: [gateway.url],
      fetch,
      clock,
    });
    await using session = here.exchange.openSession({ sink: here.blocks });
    const fetched = session.fetch(block.cid);
    const isDone = (): boolean => session.progress().blocks > 0;
    const pass = async (ms: number): Promise<void> => {
      for (let at = 0; at < ms && !isDone(); at += 250) {
        clock.advance(250);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await pass(500);
    await eventually(() => gateway.requests.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    isTired = false;
    await pass(15_000);
    expect(gateway.requests).toHaveLength(1);
    await pass(120_000);
    await eventually(isDone);
    expect(hex(await fetched)).toBe(hex(block.bytes));
  });

  test("are asked no more for what is not wanted any more", async () => {
    const [block] = blocksOf(1, 4096);
    if (block === undefined) throw new Error("none");
    const gone = Promise.withResolvers<void>();
    const network = new MemoryNetwork();
    const slow = (_: string, init: RequestInit): Promise<Response> =>
      new Promise((_resolve, reject) => {
        init.signal?.addEventListener("abort", () => {
          gone.resolve();
          reject(new Error("aborted"));
        });
      });
    await using here = await openNode(network.openHost(), {
      httpGateways: ["https://gateway.example"],
      fetch: slow,
    });
    await using session = here.exchange.openSession({ sink: here.blocks });
    const abort = new AbortController();
    const fetched = session.fetch(block.cid, { signal: abort.signal }).catch(() => "gone");
    await eventually(() => here.providers.searches.length > 0);
    abort.abort(new Error("enough"));
    expect(await fetched).toBe("gone");
    await gone.promise;
  });
});

test("gateway addresses are multiaddrs of HTTP, and without TLS only near ones", () => {
  const table: readonly (readonly [address: string, url: string | undefined])[] = [
    ["/dns4/example.org/tcp/443/tls/http", "https://example.org"],
    ["/dns/example.org/tcp/8443/https", "https://example.org:8443"],
    ["/dns6/example.org/https", "https://example.org"],
    ["/dns4/example.org/tcp/443/tls/sni/example.org/http", "https://example.org"],
    ["/dns4/example.org/tcp/443/tls/http/p2p/12D3KooW", "https://example.org"],
    ["/ip4/127.0.0.1/tcp/8080/http", "http://127.0.0.1:8080"],
    ["/ip4/192.168.1.5/tcp/80/http", "http://192.168.1.5"],
    ["/ip6/::1/tcp/8080/http", "http://[::1]:8080"],
    ["/ip4/8.8.8.8/tcp/443/tls/http", "https://8.8.8.8"],
    ["/ip4/8.8.8.8/tcp/80/http", undefined],
    ["/dns4/example.org/tcp/80/http", undefined],
    ["/dns4/example.org/tcp/443/tls/ws", undefined],
    ["/dns4/example.org/tcp/99999/https", undefined],
    ["/dns4/exa mple.org/tcp/443/https", undefined],
    ["/ip4/127.0.0.1/tcp/4001", undefined],
    ["", undefined],
  ];
  for (const [address, url] of table) expect(gatewayUrl(address), address).toBe(url);
  const address = "/dns/example.org/https";
  expect(
    gatewayUrlsOf({ peer: "", addresses: [address], protocols: ["transport-bitswap"] }),
  ).toEqual([]);
  expect(gatewayUrlsOf({ peer: "", addresses: [address], protocols: [] })).toHaveLength(1);
});
