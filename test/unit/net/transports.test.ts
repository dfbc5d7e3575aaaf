// Goal: a dial that is given up ends the dial and nothing else. Method: real sockets, the signal aborted while they connect,
// and when they are connected; an error that nobody listens to would fail the run.

import { expect, test } from "bun:test";

import type { Upgrader } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";

import { openTestHost } from "#test/net-host";

import { quietLogger } from "../../../src/net/host-logger.ts";
import { mendedTcp } from "../../../src/net/transports/tcp.ts";

const fail = (): never => {
  throw new Error("a dial that was given up got on");
};
const notReached: Upgrader = {
  upgradeInbound: fail,
  upgradeOutbound: fail,
  createInboundAbortSignal: fail,
  getConnectionEncrypters: fail,
  getStreamMuxers: fail,
};

test("a TCP dial that is aborted while it connects fails, and its socket ends quietly", async () => {
  await using host = await openTestHost();
  const address = multiaddr(host.listenAddresses()[0] ?? "");
  const transport = mendedTcp()({ logger: quietLogger() });
  for (let round = 0; round < 5; round += 1) {
    const giveUp = new AbortController();
    const dial = transport.dial(address, { signal: giveUp.signal, upgrader: notReached });
    giveUp.abort();
    await expect(dial).rejects.toMatchObject({ name: "AbortError" });
  }
  // the errors of destroyed sockets come a turn later
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
});

test("a dial that is aborted when the other side says nothing fails, and leaves no connection", async () => {
  await using host = await openTestHost();
  const negotiating = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  using silent = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => negotiating.resolve(), close: () => gone.resolve() },
  });
  const giveUp = new AbortController();
  const peer = "12D3KooWQf2SZ8sXKMm2q1jJTVtv2dLHGJ2Fnc8p1CmUZxUg9Tjx";
  const dial = host.connect(`/ip4/127.0.0.1/tcp/${silent.port}/p2p/${peer}`, {
    signal: giveUp.signal,
  });
  await negotiating.promise;
  giveUp.abort(new Error("given up"));
  await expect(dial).rejects.toThrow("given up");
  await gone.promise;
});
