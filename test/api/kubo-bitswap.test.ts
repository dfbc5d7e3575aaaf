// Goal: bitswap's commands answer as Kubo's, and a node without a network says so in Kubo's words. Method: requests to
// nodes with a fake network and without one; expected values from Kubo 0.44.0-dev, the latter with `daemon --offline`.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";

import { fakePeers, openFakeNetwork } from "#test/fake-network";
import { KuboClient } from "#test/kubo-client";
import { type KuboStack, memoryBootstrap, openKuboStack } from "#test/kubo-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

const { near, lost } = fakePeers;

let folder: TempFolder;
let online: KuboStack;
let offline: KuboStack;

beforeAll(async () => {
  folder = makeTempFolder();
  online = await openKuboStack(`${folder.path}/1`, { network: openFakeNetwork() });
  const bootstrap = memoryBootstrap();
  offline = await openKuboStack(`${folder.path}/2`, { isOffline: true, bootstrap });
});
afterAll(async () => {
  await online[Symbol.asyncDispose]();
  await offline[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("bitswap", () => {
  test("stat counts, in words too", async () => {
    const client = new KuboClient(online.url);
    const stat = {
      Wantlist: [],
      Peers: [near],
      BlocksReceived: 3,
      DataReceived: 123_456,
      DupBlksReceived: 1,
      DupDataReceived: 17,
      MessagesReceived: 2,
      BlocksSent: 4,
      DataSent: 5,
    };
    expect(await client.lines("bitswap/stat")).toEqual([stat]);
    expect(await client.lines("stats/bitswap")).toEqual([stat]);
    const { text } = await client.ask("bitswap/stat?encoding=text&human=true&verbose=true");
    expect(text).toBe(
      "bitswap status\n\tblocks received: 3\n\tblocks sent: 4\n\tdata received: 124 kB\n\tdata sent: 5 B\n" +
        "\tdup blocks received: 1\n\tdup data received: 17 B\n\twantlist [0 keys]\n" +
        `\tpartners [1]\n\t\t${near}\n`,
    );
  });

  test("wantlist is null for another peer that wants nothing", async () => {
    const client = new KuboClient(online.url);
    expect(await client.lines("bitswap/wantlist")).toEqual([{ Keys: [] }]);
    expect(await client.lines(`bitswap/wantlist?peer=${lost}`)).toEqual([{ Keys: null }]);
  });

  test("ledger tells what was exchanged", async () => {
    const client = new KuboClient(online.url);
    expect(await client.lines(`bitswap/ledger?arg=${near}`)).toEqual([
      { Peer: near, Value: 2, Sent: 100, Recv: 49, Exchanged: 6 },
    ]);
    expect((await client.ask(`bitswap/ledger?arg=${near}&encoding=text`)).text).toBe(
      `Ledger for ${near}\nDebt ratio:\t2.000000\nExchanges:\t6\nBytes sent:\t100\nBytes received:\t49\n\n`,
    );
  });
});

describe("without a network", () => {
  const command = "this command must be run in online mode. Try running 'ipfs daemon' first";
  const action = "this action must be run in online mode, try running 'ipfs daemon' first";
  const address = `/ip4/127.0.0.1/tcp/1/p2p/${lost}`;

  test.each([
    ["swarm/peers", action],
    ["swarm/addrs", action],
    ["swarm/addrs/local", action],
    ["swarm/addrs/listen", action],
    ["swarm/addrs/autonat", command],
    ["swarm/filters", command],
    ["swarm/peering/ls", command],
    [`swarm/connect?arg=${address}`, `connect ${lost} failure: ${action}`],
    [
      `id?arg=${lost}`,
      "'ipfs id' cannot query information on remote peers without a running daemon; if you only want to convert --peerid-base, pass --offline option",
    ],
    ["ping?arg=foo", command],
    ["routing/findprovs?arg=foo", command],
    ["routing/findpeer?arg=foo", command],
    ["routing/provide?arg=foo", command],
    [`routing/get?arg=/ipns/${lost}`, action],
    ["dht/query?arg=foo", "routing service is not a DHT"],
    ["bitswap/stat", `unable to run offline: ${command}`],
    ["bitswap/wantlist", command],
    ["stats/bw", `unable to run offline: ${command}`],
    ["stats/dht", command],
    ["provide/stat", command],
    [
      "pubsub/ls",
      "experimental pubsub feature not enabled, run daemon with --enable-pubsub-experiment to use",
    ],
  ])("%s is refused", async (path, message) => {
    expect(await new KuboClient(offline.url).message(path)).toBe(message);
  });

  test("what needs none is answered", async () => {
    const client = new KuboClient(offline.url);
    expect(await client.lines("id")).toMatchObject([{ Addresses: null, Protocols: null }]);
    expect(await client.lines("bootstrap")).toEqual([{ Peers: null }]);
    expect((await client.ask("provide/clear")).text).toBe("0\n");
    expect(await client.lines(`swarm/disconnect?arg=${address}`)).toEqual([
      { Strings: [`disconnect ${lost} failure: ${action}`] },
    ]);
  });

  test("the option offline counts for what Kubo's CoreAPI does", async () => {
    const client = new KuboClient(online.url);
    expect(await client.message("swarm/peers?offline=true")).toBe(action);
  });
});
