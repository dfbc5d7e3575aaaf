// Goal: the cluster's swarm is a private network of those who have the secret, listens where it is told to, and counts what
// goes through it. Method: the swarm of a configuration on the loopback, and hosts with and without its secret.

import { afterEach, expect, test } from "bun:test";

import { silentLogger, systemClock } from "#lib";
import { openTestHost } from "#test/net-host";

import { type ClusterSwarm, clusterSwarm } from "../../../src/peer/cluster-swarm.ts";
import { parseSettings } from "../../../src/peer/config/check.ts";
import { createIdentity } from "../../../src/peer/identity.ts";

const secret = "ab".repeat(32);
const seams = { clock: systemClock, logger: silentLogger };

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

function swarmOf(listen: readonly string[]): ClusterSwarm {
  const cluster = { secret, listen_multiaddress: listen };
  const { settings } = parseSettings({ cluster }, (path) => path.join("."));
  return clusterSwarm({ settings, clusterIdentity: createIdentity() }, seams, stack);
}

test("who has the secret connects, and is counted; who has another does not", async () => {
  const swarm = swarmOf(["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic"]);
  expect(swarm.addresses()).toEqual([]);
  expect(swarm.traffic().size).toBe(0);
  const [address = "", ...others] = (await swarm.open()) ?? [];
  expect(others).toEqual([]);
  expect(swarm.addresses()).toEqual([address]);

  const friend = stack.use(await openTestHost({ presharedKey: Buffer.from(secret, "hex") }));
  const stranger = stack.use(await openTestHost({ presharedKey: Buffer.alloc(32, 1) }));
  const open = stack.use(await openTestHost());
  await friend.connect(address);
  await friend.identify(address.split("/").at(-1) ?? "");
  // both wait in vain for an answer that they understand
  const brief = { signal: AbortSignal.timeout(500) };
  await expect(stranger.connect(address, brief)).rejects.toThrow();
  await expect(open.connect(address, brief)).rejects.toThrow();
  expect(stranger.connections()).toEqual([]);
  expect(open.connections()).toEqual([]);
  const traffic = swarm.traffic().get("/ipfs/id/1.0.0");
  expect(traffic?.totalOut).toBeGreaterThan(0);
}, 20_000);

test("a configuration without an address that can be listened on has no swarm", async () => {
  expect(await swarmOf(["/ip4/127.0.0.1/udp/0/quic"]).open()).toBeUndefined();
});
