// Goal: dials go out no faster than the table says, inbound connections stay under their limits, filters hold, and bytes are
// counted. Method: the parts alone, on a clock that the test moves.

import { expect, test } from "bun:test";

import { multiaddr } from "@multiformats/multiaddr";

import { systemClock } from "#lib";
import { ManualClock } from "#test/manual-clock";

import { DialPacer } from "../../../src/net/services/dial-pacer.ts";
import { CidrFilters } from "../../../src/net/services/filters.ts";
import { InboundLimiter } from "../../../src/net/services/inbound-limiter.ts";
import { limitsOf } from "../../../src/net/services/limits.ts";
import { createMeter } from "../../../src/net/services/meter.ts";
import { ProtectedPeers } from "../../../src/net/services/protected-peers.ts";

const signal = undefined;

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test("a burst of dials goes out at once, the rest at the rate", async () => {
  const limits = { dialsMax: 100, dialsPerSecond: 50, dialsBurst: 5 };
  const pacer = new DialPacer(limits, systemClock);
  const order: string[] = [];
  const began = performance.now();
  const dials = Array.from({ length: 15 }, (_, index) =>
    pacer.run(false, signal, async () => order.push(`dial ${index}`)),
  );
  // a turn of the event loop is not long enough for a token
  await Promise.all(dials.slice(0, 5));
  order.push("burst");
  await Promise.all(dials);
  expect(order.indexOf("burst")).toBe(5);
  expect(performance.now() - began).toBeGreaterThan(180);
});

test("dials to the local network do not wait for tokens", async () => {
  const pacer = new DialPacer(
    { dialsMax: 100, dialsPerSecond: 1, dialsBurst: 1 },
    new ManualClock(),
  );
  await pacer.run(false, signal, async () => undefined);
  const waiting = new AbortController();
  const paced = pacer.run(false, waiting.signal, async () => "paced");
  expect(await pacer.run(true, signal, async () => "free")).toBe("free");
  expect(pacer.waiting).toBe(1);
  waiting.abort(new Error("given up"));
  await expect(paced).rejects.toThrow("given up");
  expect(pacer.waiting).toBe(0);
});

test("no more dials run at once than the table says, and a failed one makes room", async () => {
  const pacer = new DialPacer(
    { dialsMax: 2, dialsPerSecond: 1_000, dialsBurst: 100 },
    new ManualClock(),
  );
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<undefined>());
  const dials = gates.map(({ promise }) => pacer.run(false, signal, () => promise));
  await settle();
  expect([pacer.running, pacer.waiting]).toEqual([2, 2]);
  gates[0]?.reject(new Error("refused"));
  await expect(dials[0]).rejects.toThrow("refused");
  await settle();
  expect([pacer.running, pacer.waiting]).toEqual([2, 1]);
  for (const gate of gates) gate.resolve(undefined);
  await Promise.allSettled(dials);
  expect([pacer.running, pacer.waiting]).toEqual([0, 0]);
});

test("one address has few connections, all have their limit, the loopback is free", () => {
  const clock = new ManualClock();
  const limiter = new InboundLimiter(
    { inboundConnectionsMax: 6, perAddressConnectionsMax: 2 },
    clock,
  );
  const leave = limiter.enter("1.2.3.4");
  expect(leave).toBeDefined();
  expect(limiter.enter("1.2.3.4")).toBeDefined();
  expect(limiter.enter("1.2.3.4")).toBeUndefined();
  leave?.();
  expect(limiter.enter("1.2.3.4")).toBeDefined();
  for (let count = 0; count < 4; count += 1) expect(limiter.enter("127.0.0.1")).toBeDefined();
  expect(limiter.connections).toBe(6);
  expect(limiter.enter("127.0.0.1")).toBeUndefined();
});

test("a home's IPv6 addresses count as one", () => {
  const limiter = new InboundLimiter(
    { inboundConnectionsMax: 100, perAddressConnectionsMax: 1 },
    new ManualClock(),
  );
  expect(limiter.enter("2001:db8:1:2200::1")).toBeDefined();
  expect(limiter.enter("2001:db8:1:22ff::abcd")).toBeUndefined();
  expect(limiter.enter("2001:db8:1:2300::1")).toBeDefined();
  expect(limiter.enter("::ffff:5.6.7.8")).toBeDefined();
  expect(limiter.enter("5.6.7.8")).toBeUndefined();
});

test("an address that comes and goes too fast has to wait", () => {
  const clock = new ManualClock();
  const limiter = new InboundLimiter(
    { inboundConnectionsMax: 100, perAddressConnectionsMax: 8 },
    clock,
  );
  let accepted = 0;
  for (let count = 0; count < 50; count += 1) {
    const leave = limiter.enter("1.2.3.4");
    if (leave !== undefined) accepted += 1;
    leave?.();
  }
  expect(accepted).toBe(16);
  clock.advance(5_000);
  expect(limiter.enter("1.2.3.4")).toBeDefined();
});

test("filters are ranges; what they hold is blocked until they are removed", () => {
  const filters = new CidrFilters();
  filters.add("/ip4/10.0.0.0/ipcidr/8");
  filters.add("/ip6/fc00::/ipcidr/7");
  expect(filters.isBlocked(multiaddr("/ip4/10.9.8.7/tcp/4001"))).toBe(true);
  expect(filters.isBlocked(multiaddr("/ip6/::ffff:10.9.8.7/tcp/4001"))).toBe(true);
  expect(filters.isBlocked(multiaddr("/ip6/fd12::1/tcp/4001/ws"))).toBe(true);
  expect(filters.isBlocked(multiaddr("/ip4/11.0.0.1/tcp/4001"))).toBe(false);
  expect(filters.isBlocked(multiaddr("/dns4/example.com/tcp/4001"))).toBe(false);
  expect(filters.remove("/ip4/10.0.0.0/ipcidr/8")).toBe(true);
  expect(filters.remove("/ip4/10.0.0.0/ipcidr/8")).toBe(false);
  expect(filters.isBlocked(multiaddr("/ip4/10.9.8.7/tcp/4001"))).toBe(false);
  expect(filters.list()).toEqual(["/ip6/fc00::/ipcidr/7"]);
});

for (const wrong of [
  "",
  "/ip4/10.0.0.0",
  "/ip4/10.0.0.0/ipcidr/33",
  "/tcp/1/ipcidr/8",
  "10.0.0.0/8",
])
  test(`${JSON.stringify(wrong)} is no filter`, () => {
    expect(() => new CidrFilters().add(wrong)).toThrow(
      expect.objectContaining({ code: "INVALID_ADDRESS" }),
    );
  });

test("bytes are counted in all, by peer and by protocol; rates fall when nothing moves", () => {
  const clock = new ManualClock();
  const meter = createMeter(clock);
  const one = meter.stream("peer one", "/a");
  const two = meter.stream("peer two", "/a");
  for (let second = 0; second < 60; second += 1) {
    one.received(1_000);
    two.sent(500);
    clock.advance(1_000);
  }
  expect(meter.read()).toMatchObject({ bytesIn: 60_000, bytesOut: 30_000 });
  expect(meter.read({ peer: "peer one" })).toMatchObject({ bytesIn: 60_000, bytesOut: 0 });
  expect(meter.read({ protocol: "/a" })).toMatchObject({ bytesIn: 60_000, bytesOut: 30_000 });
  expect(meter.read({ peer: "nobody" })).toMatchObject({ bytesIn: 0 });
  const { rateIn } = meter.read();
  expect(rateIn).toBeGreaterThan(850);
  expect(rateIn).toBeLessThan(1_100);
  clock.advance(120_000);
  expect(meter.read().rateIn).toBeLessThan(1);
});

test("the meter forgets peers, never the total", () => {
  const meter = createMeter(new ManualClock());
  for (let index = 0; index < 5_000; index += 1) meter.stream(`peer ${index}`, "/a").sent(1);
  expect(meter.read()).toMatchObject({ bytesOut: 5_000 });
  expect(meter.read({ peer: "peer 0" })).toMatchObject({ bytesOut: 0 });
});

test("a peer stays protected until its last reason is gone", () => {
  const peers = new ProtectedPeers();
  peers.protect("a", "peering");
  peers.protect("a", "pin");
  peers.unprotect("a", "peering");
  peers.unprotect("b", "peering");
  expect(peers.has("a")).toBe(true);
  peers.unprotect("a", "pin");
  expect([peers.has("a"), peers.size]).toEqual([false, 0]);
});

test("a bigger profile allows at least as much", () => {
  const { pi, default: middle, server } = limitsOf;
  for (const key of [
    "inboundConnectionsMax",
    "dialsMax",
    "dialsPerSecond",
    "dialsBurst",
  ] as const) {
    expect(pi[key]).toBeLessThanOrEqual(middle[key]);
    expect(middle[key]).toBeLessThanOrEqual(server[key]);
  }
});
