// Goal: of the addresses that others tell, each DHT takes its own, each once. Method: the scopes alone.

import { expect, test } from "bun:test";

import { multiaddr } from "@multiformats/multiaddr";

import { lanScope, type Scope, wanScope } from "../../../src/net/dht/scope.ts";

const peer = "12D3KooWGHTKzeT4KaLGLrbKKyT8zKrBPXAUBRzCAN6ZMDMo4M6M";

function filtered(scope: Scope, addresses: readonly string[]): readonly string[] {
  return scope.filter(addresses.map((text) => multiaddr(text))).map(String);
}

test("an address that was told with the peer's id and without it counts once", () => {
  const near = ["/ip4/127.0.0.1/tcp/4001", `/ip4/127.0.0.1/tcp/4001/p2p/${peer}`];
  expect(filtered(lanScope, near)).toEqual(["/ip4/127.0.0.1/tcp/4001"]);
  const far = [`/ip4/1.2.3.4/tcp/4001/p2p/${peer}`, "/ip4/1.2.3.4/tcp/4001"];
  expect(filtered(wanScope, far)).toEqual(["/ip4/1.2.3.4/tcp/4001"]);
});

test("twelve addresses of a peer are taken, and no copies in their place", () => {
  const many = Array.from({ length: 30 }, (_, at) => `/ip4/1.2.3.4/tcp/${1000 + (at >> 1)}`);
  expect(filtered(wanScope, many)).toEqual([...new Set(many)].slice(0, 12));
});

test("the local network's addresses are one DHT's, public ones the other's", () => {
  const both = ["/ip4/192.168.0.2/tcp/1", "/ip4/1.2.3.4/tcp/1", "/ip4/127.0.0.1/tcp/1"];
  expect(filtered(lanScope, both)).toEqual(["/ip4/192.168.0.2/tcp/1"]);
  expect(filtered(wanScope, both)).toEqual(["/ip4/1.2.3.4/tcp/1"]);
});

test("of a relayed address the relay's id stays", () => {
  const relayed = `/ip4/1.2.3.4/tcp/1/p2p/${peer}/p2p-circuit`;
  expect(filtered(wanScope, [relayed])).toEqual([relayed]);
});
