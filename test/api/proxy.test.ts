// Goal: over the embedded node the IPFS proxy is the node's RPC, without a detour; a surface whose section is missing is
// not there. Method: peers in this process, offline.

import { afterAll, beforeAll, expect, test } from "bun:test";

import { openTestPeer } from "#test/test-peer";

import type { Peer } from "../../src/peer/peer.ts";

const any = "/ip4/127.0.0.1/tcp/0";

let stack: AsyncDisposableStack;
let peer: Peer;

beforeAll(async () => {
  stack = new AsyncDisposableStack();
  peer = await open({
    restapi: { http_listen_multiaddress: any },
    // the node elsewhere that it names is not asked
    ipfsproxy: { listen_multiaddress: [any, any], node_multiaddress: "/ip4/127.0.0.1/tcp/1" },
  });
});

afterAll(() => stack.disposeAsync());

function open(api: object): Promise<Peer> {
  const document = {
    cluster: { listen_multiaddress: [any], mdns_interval: "0s" },
    api,
    ipfs_connector: { embedded: {} },
    ipfs: { rpc_listen_multiaddress: any, storage_max: "1GB" },
    gateway: { listen_multiaddress: any },
  };
  return openTestPeer(document, stack);
}

test("the proxy is the node's RPC, at each of its addresses", async () => {
  const own = peer.listeners.filter(({ name }) => name === "proxy").map(({ url }) => url);
  expect(own).toHaveLength(2);
  for (const url of own) {
    const answer = await fetch(`${url}/api/v0/version`, { method: "POST" });
    expect(await answer.json()).toMatchObject({ Version: "0.43.0" });
    // any answer tells scripts that it runs
    expect((await fetch(`${url}/api/v0/version`)).status).toBe(405);
  }
});

test("what is added through the proxy is in the node", async () => {
  const body = new FormData();
  body.append("file", new Blob(["by the proxy"]), "x");
  const added = await fetch(`${peer.addresses.proxy}/api/v0/add`, { method: "POST", body });
  const answer: unknown = await added.json();
  const hash = String(Reflect.get(Object(answer), "Hash"));
  const rpc = `${peer.addresses.rpc}/api/v0/cat?arg=${hash}`;
  expect(await (await fetch(rpc, { method: "POST" })).text()).toBe("by the proxy");
});

test("paths of the gateway are not there", async () => {
  expect((await fetch(`${peer.addresses.proxy}/ipfs/bafkqaaa`)).status).toBe(404);
});

test("a surface without a section has no listener and no address", async () => {
  const bare = await open({});
  expect(Object.keys(bare.addresses).toSorted()).toEqual(["cluster", "gateway", "rpc"]);
  expect(bare.listeners.map(({ name }) => name)).toEqual(["rpc", "gateway"]);
});
