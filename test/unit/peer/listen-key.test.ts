// Goal: an address that somebody else has ends the start with the key that asks for it. Method: a socket that is in the way,
// and peers in this process.

import { expect, test } from "bun:test";
import { once } from "node:events";
import { createServer } from "node:net";

import { openTestPeer } from "#test/test-peer";

import { createIdentity } from "../../../src/peer/identity.ts";

const anyPort = "/ip4/127.0.0.1/tcp/0";

/** A service.json that asks for the address at one key. */
const documents: readonly (readonly [key: string, of: (address: string) => object])[] = [
  ["cluster.listen_multiaddress", (address) => ({ cluster: { listen_multiaddress: address } })],
  ["ipfs.swarm_listen_multiaddress", (address) => withNode({ swarm_listen_multiaddress: address })],
  ["ipfs.rpc_listen_multiaddress", (address) => withNode({ rpc_listen_multiaddress: address })],
  [
    "api.restapi.libp2p_listen_multiaddress",
    (address) => {
      const { id, privateKey } = createIdentity();
      const key = Buffer.from(privateKey).toString("base64");
      const restapi = { http_listen_multiaddress: anyPort, libp2p_listen_multiaddress: address };
      return { api: { restapi: { ...restapi, id, private_key: key } } };
    },
  ],
];

test.each(documents)("%s", async (key, of) => {
  await using stack = new AsyncDisposableStack();
  const server = createServer().listen(0, "127.0.0.1");
  stack.defer(() => void server.close());
  await once(server, "listening");
  const bound = server.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : 0;
  const address = `/ip4/127.0.0.1/tcp/${port}`;
  const opening = openTestPeer({ ...quiet, ...of(address) }, stack, { isOffline: false });
  const failure = await opening.catch((cause: unknown) => cause);
  expect(failure).toMatchObject({ code: "LISTEN_FAILED", key, address });
  expect(String(Reflect.get(Object(failure), "message"))).toMatch(/in use/);
});

const quiet = {
  cluster: { listen_multiaddress: anyPort },
  ipfs_connector: { ipfshttp: { node_multiaddress: "/ip4/127.0.0.1/tcp/1" } },
} as const;

function withNode(ipfs: object): object {
  const off = { rpc_listen_multiaddress: "", swarm_listen_multiaddress: anyPort, bootstrap: [] };
  const silent = { mdns_interval: "0s", nat: { upnp: false }, routing: { type: "none" } };
  return {
    ipfs_connector: { embedded: {} },
    gateway: { listen_multiaddress: "" },
    ipfs: { ...off, ...silent, ...ipfs },
  };
}
