// Goal: a start is told in the lines of ipfs-cluster-service 1.1.6 that scripts wait for. Method: a peer that is none, and the
// sentences that come out.

import { expect, test } from "bun:test";

import { createComponentLogger } from "#lib";

import { goVoice, multiaddr } from "../../../src/peer/logging/go-voice.ts";

test.each([
  ["http://127.0.0.1:9094", "/ip4/127.0.0.1/tcp/9094"],
  ["http://0.0.0.0:9094", "/ip4/0.0.0.0/tcp/9094"],
  ["https://[::1]:443", "/ip6/::1/tcp/443"],
  ["http://localhost:80", "/dns4/localhost/tcp/80"],
  ["unix:/run/cluster.sock", "/unix/run/cluster.sock"],
])("%s is told as %s", (url, address) => {
  expect(multiaddr(url)).toBe(address);
});

test("a node that does not tell its id does not keep a peer from being ready", async () => {
  const sentences: string[] = [];
  const logger = createComponentLogger({
    limitOf: () => "debug",
    write: ({ component, sentence }) => void sentences.push(`${component}: ${sentence}`),
    now: () => 0,
  });
  const voice = goVoice(logger, "1.1.6");
  await voice.onReady({ ipfsId: () => Promise.resolve("12D3KooWa") });
  await voice.onReady({ ipfsId: () => Promise.reject(new Error("away")) });
  voice.onStopping();
  expect(sentences).toEqual([
    "cluster: IPFS is ready. Peer ID: 12D3KooWa",
    "cluster: ** IPFS Cluster is READY **",
    "cluster: ** IPFS Cluster is READY **",
    "cluster: shutting down Cluster",
  ]);
});
