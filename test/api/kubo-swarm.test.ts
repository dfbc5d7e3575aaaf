// Goal: swarm, id, ping, stats and bootstrap answer as Kubo does. Method: requests to a node with a fake network;
// expected values from what Kubo 0.44.0-dev answered to the same requests beside another Kubo.

import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";

import { eventually } from "#test/eventually";
import { type FakeNetwork, fakePeers, openFakeNetwork } from "#test/fake-network";
import { KuboClient } from "#test/kubo-client";
import { type KuboStack, memoryBootstrap, openKuboStack } from "#test/kubo-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

const { self, near, far, lost } = fakePeers;
const disconnect = "swarm/disconnect?arg=";
const farAddress = "/ip4/10.0.0.2/tcp/4001";

let folder: TempFolder;
let kubo: KuboStack;
let client: KuboClient;
let network: FakeNetwork;

beforeEach(async () => {
  folder = makeTempFolder();
  network = openFakeNetwork();
  kubo = await openKuboStack(folder.path, { network, bootstrap: memoryBootstrap(["auto"]) });
  client = new KuboClient(kubo.url);
});
afterEach(async () => {
  await kubo[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function value(path: string): Promise<unknown> {
  const answer = await client.ask(path);
  expect([path, answer.status]).toEqual([path, 200]);
  return JSON.parse(answer.text);
}

async function text(path: string): Promise<string> {
  return (await client.ask(`${path}${path.includes("?") ? "&" : "?"}encoding=text`)).text;
}

describe("swarm", () => {
  test("connects to an address, to an id, and tells why it cannot", async () => {
    const connected = { Strings: [`connect ${far} success`] };
    expect(await value(`swarm/connect?arg=${farAddress}/p2p/${far}`)).toEqual(connected);
    expect(await value(`swarm/connect?arg=/p2p/${far}`)).toEqual(connected);
    expect(await client.message(`swarm/connect?arg=/p2p/${lost}`)).toBe(
      `connect ${lost} failure: routing: not found`,
    );
    expect(await client.message(`swarm/connect?arg=/ip4/10.0.0.9/tcp/1/p2p/${lost}`)).toBe(
      `connect ${lost} failure: failed to dial: failed to dial ${lost}: all dials failed`,
    );
    expect(await client.message(`swarm/connect?arg=/p2p/${self}`)).toBe(
      `connect ${self} failure: failed to dial: dial to self attempted`,
    );
  });

  test.each([
    ["foo", 'failed to parse multiaddr "foo": must begin with /'],
    ["/", 'failed to parse multiaddr "": empty multiaddr'],
    ["/foo/1", 'failed to parse multiaddr "/foo/1": unknown protocol foo'],
    [
      "/ip4/1.2.3.4/tcp",
      'failed to parse multiaddr "/ip4/1.2.3.4/tcp": unexpected end of multiaddr',
    ],
    [
      "/ip4/300.0.0.1/tcp/1",
      'failed to parse multiaddr "/ip4/300.0.0.1/tcp/1": invalid value "300.0.0.1" for protocol ip4: failed to parse ip4 addr: 300.0.0.1',
    ],
    [
      "/ip4/1.2.3.4/tcp/70000",
      'failed to parse multiaddr "/ip4/1.2.3.4/tcp/70000": invalid value "70000" for protocol tcp: failed to parse port addr: strconv.ParseUint: parsing "70000": value out of range',
    ],
    ["/ip4/127.0.0.1/tcp/1/", "found no ipfs peers at /ip4/127.0.0.1/tcp/1"],
  ])("refuses the address %s in Kubo's words", async (address, message) => {
    expect(await client.message(`swarm/connect?arg=${address}`)).toBe(message);
    expect(await client.message(`swarm/disconnect?arg=${address}`)).toBe(message);
  });

  test("tells in its answer what could not be disconnected", async () => {
    expect(await value(`${disconnect}/p2p/${near}`)).toEqual({
      Strings: [`disconnect ${near} success`],
    });
    expect(await value(`${disconnect}/p2p/${near}`)).toEqual({
      Strings: [`disconnect ${near} failure: not connected`],
    });
    expect(await text(`${disconnect}/ip4/127.0.0.1/tcp/1/p2p/${lost}`)).toBe(
      `disconnect ${lost} failure: conn not found\n`,
    );
  });

  test("lists peers by address, with what was asked for", async () => {
    await client.ask(`swarm/connect?arg=${farAddress}/p2p/${far}`);
    const empty = { ID: "", PublicKey: "", Addresses: null, AgentVersion: "", Protocols: null };
    expect(await value("swarm/peers")).toEqual({
      Peers: [
        { Addr: "/ip4/10.0.0.1/tcp/34567", Peer: near, Identify: empty },
        { Addr: farAddress, Peer: far, Identify: empty },
      ],
    });
    expect(await value("swarm/peers?verbose=true")).toMatchObject({
      Peers: [
        {
          Latency: "347.854µs",
          Direction: 1,
          Streams: [{ Protocol: "/ipfs/bitswap/1.2.0" }, { Protocol: "/meshsub/1.1.0" }],
          Identify: {
            ID: near,
            PublicKey: "CAE=",
            Addresses: [`/ip4/10.0.0.1/tcp/4001/p2p/${near}`],
            AgentVersion: "other/1.0\u{FFFD}",
            Protocols: ["/ipfs/id/1.0.0", "/ipfs/ping/1.0.0"],
          },
        },
        { Latency: "n/a", Direction: 2 },
      ],
    });
    expect(await text("swarm/peers?latency=true&direction=true&streams=true")).toStartWith(
      `/ip4/10.0.0.1/tcp/34567/p2p/${near} 347.854µs inbound\n  /ipfs/bitswap/1.2.0\n  /meshsub/1.1.0\n`,
    );
  });

  test("tells addresses: own ones, those of others, and what can be reached, in words", async () => {
    expect(await value("swarm/addrs")).toEqual({
      Addrs: {
        [near]: ["/ip4/10.0.0.1/tcp/4001"],
        [self]: ["/ip4/127.0.0.1/tcp/4001", "/ip4/192.0.2.7/tcp/4001"],
      },
    });
    expect(await text("swarm/addrs")).toContain(`${near} (1)\n\t/ip4/10.0.0.1/tcp/4001\n`);
    expect(await value("swarm/addrs/local?id=true")).toEqual({
      Strings: [`/ip4/127.0.0.1/tcp/4001/p2p/${self}`, `/ip4/192.0.2.7/tcp/4001/p2p/${self}`],
    });
    expect(await text("swarm/addrs/listen")).toBe("/ip4/127.0.0.1/tcp/4001\n");
    expect(await value("swarm/addrs/autonat")).toEqual({
      reachability: "Public",
      reachable: ["/ip4/192.0.2.7/tcp/4001"],
      unknown: ["/ip4/127.0.0.1/tcp/4001"],
    });
    expect(await text("swarm/addrs/autonat")).toBe(
      "AutoNAT V2 Status:\n  Reachability: Public\n\nPer-Address Reachability:\n" +
        "  Reachable:\n    /ip4/192.0.2.7/tcp/4001\n  Unknown:\n    /ip4/127.0.0.1/tcp/4001\n",
    );
  });

  test("filters come and go", async () => {
    const filter = "/ip4/192.0.2.0/ipcidr/24";
    expect(await value("swarm/filters")).toEqual({ Strings: null });
    expect(await value(`swarm/filters/add?arg=${filter}&arg=${filter}`)).toEqual({
      Strings: [filter],
    });
    expect(await text("swarm/filters")).toBe(`${filter}\n`);
    expect(await value("swarm/filters/rm?arg=/ip4/192.0.9.0/ipcidr/24")).toEqual({ Strings: [] });
    expect(await value("swarm/filters/rm?arg=all")).toEqual({ Strings: [filter] });
    expect(await value("swarm/filters")).toEqual({ Strings: null });
    expect(await client.message("swarm/filters/add?arg=foo")).toBe(
      "invalid multiaddr-filter format",
    );
    expect(await client.message("swarm/filters/add?arg=/ip4/1.2.3.4/ipcidr/33")).toBe(
      "invalid CIDR address: 1.2.3.4/33",
    );
  });

  test("peering groups addresses by peer", async () => {
    const add = `swarm/peering/add?arg=/ip4/127.0.0.1/tcp/1/p2p/${lost}&arg=/ip4/127.0.0.1/tcp/2/p2p/${lost}`;
    expect(await value(add)).toEqual({ ID: lost, Status: "success" });
    const Addrs = ["/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/2"];
    expect(await value("swarm/peering/ls")).toEqual({ Peers: [{ ID: lost, Addrs }] });
    expect(await text("swarm/peering/ls")).toBe(`${lost}\n\t${Addrs.join("\n\t")}\n`);
    expect(await text(`swarm/peering/rm?arg=${lost}`)).toBe(`remove ${lost} success\n`);
    expect(await value("swarm/peering/ls")).toEqual({ Peers: [] });
    expect(await client.message("swarm/peering/add?arg=/ip4/127.0.0.1/tcp/1")).toBe(
      "invalid p2p multiaddr",
    );
    expect(await client.message("swarm/peering/rm?arg=foo")).toBe(
      "failed to parse peer ID: invalid cid: encoding/hex: invalid byte: U+006F 'o'",
    );
  });

  test("tells limits and what is used of them", async () => {
    expect(await value("swarm/resources")).toEqual({
      System: { Conns: 200, ConnsUsage: 1, Streams: "unlimited", StreamsUsage: 0 },
    });
    expect(await text("swarm/resources")).toMatch(/^System +Conns +200 +1 +0\.5%$/m);
  });

  test.each(["swarm/connect", "swarm/disconnect", "swarm/filters/add", "swarm/peering/add"])(
    "%s needs an argument",
    async (path) => {
      const { status, text: said } = await client.ask(path);
      expect([status, said]).toEqual([400, 'argument "address" is required\n']);
    },
  );
});

describe("id", () => {
  test("tells addresses and protocols of this node, sorted, in any base, and by a format", async () => {
    const own = await client.ask("id");
    expect(JSON.parse(own.text)).toMatchObject({
      ID: self,
      Addresses: [`/ip4/127.0.0.1/tcp/4001/p2p/${self}`, `/ip4/192.0.2.7/tcp/4001/p2p/${self}`],
      Protocols: ["/ipfs/bitswap/1.2.0", "/ipfs/id/1.0.0"],
    });
    const inBase36 = "k51qzi5uqu5dm0t4vbwri4lkg76q03b4x9tsvekgvbu4zli6454ff7w8wdosa4";
    expect(await value("id?peerid-base=base36")).toMatchObject({ ID: inBase36 });
    expect(await value(`id?arg=${inBase36}`)).toMatchObject({ ID: self });
    expect(await text(`id?format=${encodeURIComponent("<id>\\t<protocols>\\n")}`)).toBe(
      `${self}\t/ipfs/bitswap/1.2.0\n/ipfs/id/1.0.0\n`,
    );
    expect(await text("id")).toEndWith("\t]\n}\n\n");
    expect(await client.message("id?peerid-base=zz")).toBe("unsupported multibase encoding: zz");
  });

  test("asks another peer, finding and connecting to it first", async () => {
    expect(await value(`id?arg=${far}`)).toMatchObject({
      ID: far,
      Addresses: [`${farAddress}/p2p/${far}`],
    });
    expect(network.host.isConnected(far)).toBe(true);
    expect(await client.message(`id?arg=${lost}`)).toBe("routing: not found");
    expect(await client.message("id?arg=nonsense")).toBe("invalid peer id");
  });

  test("asks nobody with the option offline", async () => {
    expect(await value(`id?arg=${lost}&offline=true`)).toEqual({
      ID: lost,
      PublicKey: "CAESIGAWoyMSvZR/TRNKxRb7XIt7S8/maWjJd1Z72sb4fgre",
      Addresses: [`/p2p/${lost}`],
      AgentVersion: "",
      Protocols: null,
    });
  });
});

describe("ping", () => {
  test("tells each pong and the average", async () => {
    expect(await client.lines(`ping?arg=${near}&count=1`)).toEqual([
      { Success: true, Time: 0, Text: `PING ${near}.` },
      { Success: true, Time: 1_500_000, Text: "" },
      { Success: true, Time: 0, Text: "Average latency: 1.50ms" },
    ]);
    expect(await text(`ping?arg=/ip4/10.0.0.1/tcp/4001/p2p/${near}&n=1`)).toBe(
      `PING ${near}.\nPong received: time=1.50 ms\nAverage latency: 1.50ms\n`,
    );
  });

  test("looks a peer up first, and tells failures in the stream", async () => {
    const [first] = await client.lines(`ping?arg=${far}&n=1`);
    expect(first?.["Text"]).toBe(`Looking up peer ${far}`);
    const unknown = await client.ask(`ping?arg=${lost}`);
    expect([unknown.status, unknown.trailer]).toEqual([
      200,
      "peer lookup failed: routing: not found",
    ]);
    const dead = await client.ask(`ping?arg=/ip4/127.0.0.1/tcp/1/p2p/${lost}`);
    expect(dead.text).toContain('"Text":"Ping error: failed to dial: ');
    expect(dead.trailer).toBe("ping failed");
  });

  test.each([
    [self, "error: can't ping self"],
    [`${near}&n=0`, "ping count must be greater than 0, was 0"],
    [
      "/ip4/127.0.0.1/tcp/1",
      "failed to parse peer address '/ip4/127.0.0.1/tcp/1': invalid p2p multiaddr",
    ],
  ])("refuses %s", async (argument, message) => {
    expect(await client.message(`ping?arg=${argument}`)).toBe(message);
  });
});

describe("stats", () => {
  test("tells traffic, of one peer or protocol, once or again and again", async () => {
    expect(await value("stats/bw")).toEqual({
      TotalIn: 1608,
      TotalOut: 12_345_678,
      RateIn: 94.5,
      RateOut: 0,
    });
    expect(await value(`stats/bw?peer=${near}`)).toMatchObject({ TotalOut: 2 });
    expect(await text("stats/bw")).toContain("TotalIn: 1.6 kB\nTotalOut: 12 MB\nRateIn: 95 B/s\n");
    const polled = await client.ask("stats/bw?poll=true&interval=20ms&timeout=300ms");
    expect(polled.text.trim().split("\n").length).toBeGreaterThan(1);
    expect(polled.trailer).toBe("context deadline exceeded");
    const both = await client.ask(`stats/bw?peer=${near}&proto=/x`);
    expect([both.status, JSON.parse(both.text)]).toEqual([
      400,
      { Message: "please only specify peer OR protocol", Code: 1, Type: "error" },
    ]);
  });

  test("a poll ends when its client leaves", async () => {
    const asked = spyOn(network.host, "bandwidth");
    const leaving = new AbortController();
    const path = `${kubo.url}/api/v0/stats/bw?poll=true&interval=10ms`;
    const answer = await fetch(path, { method: "POST", signal: leaving.signal });
    await answer.body?.getReader().read();
    leaving.abort();
    await eventually(async () => {
      const before = asked.mock.calls.length;
      await Bun.sleep(60);
      return asked.mock.calls.length === before;
    });
  });

  test("tells the tables of the DHT", async () => {
    const peer = { ID: near, Connected: true, AgentVersion: "other/1.0\u{FFFD}" };
    expect(await client.lines("stats/dht")).toMatchObject([
      { Name: "wan", Buckets: [] },
      { Name: "lan", Buckets: [{ Peers: null }, { Peers: [peer] }] },
    ]);
    expect(await text("stats/dht?arg=lan")).toContain(`  @ ${near}  never`);
    const unknown = await client.ask("stats/dht?arg=zz");
    expect([unknown.status, JSON.parse(unknown.text).Message]).toEqual([
      400,
      "unknown dht type: zz",
    ]);
  });
});

describe("bootstrap", () => {
  const address = `/ip4/192.0.2.1/tcp/4001/p2p/${lost}`;

  test("adds in front, lists, expands and removes", async () => {
    expect(await value("bootstrap")).toEqual({ Peers: ["auto"] });
    expect(await value(`bootstrap/add?arg=${address}`)).toEqual({ Peers: [address] });
    expect(await text("bootstrap/list")).toBe(`${address}\nauto\n`);
    expect(await value("bootstrap/list?expand-auto=true")).toMatchObject({
      Peers: [address, expect.stringContaining("/dnsaddr/")],
    });
    expect(await value(`bootstrap/rm?arg=/p2p/${lost}`)).toEqual({ Peers: [address] });
    expect(await text("bootstrap/rm/all")).toBe("removed auto\n");
    expect(await value("bootstrap/list")).toEqual({ Peers: null });
    expect(await value("bootstrap/add/default")).toEqual({ Peers: ["auto"] });
  });

  test.each([
    ["", "no bootstrap peers to add"],
    ["?arg=/ip4/1.2.3.4/tcp/1", "invalid bootstrap address: /ip4/1.2.3.4/tcp/1"],
    [`?arg=/p2p/${lost}`, `bootstrap address without a transport: /p2p/${lost}`],
  ])("does not add %p", async (query, message) => {
    expect(await client.message(`bootstrap/add${query}`)).toBe(message);
  });
});
