// Goal: a host's services do what its options say, and a service that is switched off leaves no trace. Method: hosts on the
// loopback; what has to do with Kubo or with NAT is in test/interop.

import { expect, test } from "bun:test";

import { systemClock } from "#lib";
import type { Host, HostOptions, PubSub } from "#net";
import { eventually } from "#test/eventually";
import { connectHosts, openTestHost } from "#test/net-host";

const nobody = "12D3KooWSHj3RRbBjD15g6wekV8y3mm57Pobmps2g2WJm6F67Lay";

/** Its connections are older than the trimmer's grace. */
const laterClock = { ...systemClock, now: () => Date.now() + 60_000 };

async function openMany(count: number, stack: AsyncDisposableStack): Promise<Host[]> {
  return Promise.all(
    Array.from({ length: count }, async () => stack.use(await openTestHost({ listen: [] }))),
  );
}

function pubsubOf(host: Host): PubSub {
  if (host.pubsub === undefined) throw new Error("the host has no pubsub");
  return host.pubsub;
}

test("connections over the high water are trimmed to the low one, protected peers stay", async () => {
  await using stack = new AsyncDisposableStack();
  const host = stack.use(await openTestHost({ highWater: 4, lowWater: 2 }, { clock: laterClock }));
  const others = await openMany(5, stack);
  const [first, kept] = others;
  for (const other of others.slice(0, 4)) await connectHosts(other, host);
  await eventually(() => host.connections().length === 4);
  for (const peer of [first, kept]) if (peer !== undefined) host.protect(peer.id, "test");
  for (const other of others.slice(4)) await connectHosts(other, host);
  await eventually(() => host.connections().length === 2);
  expect(
    host
      .connections()
      .map(({ peer }) => peer)
      .toSorted(),
  ).toEqual([first?.id ?? "", kept?.id ?? ""].toSorted());
  expect(host.resources()["connections"]).toEqual({ used: 2, max: 4 });
});

test("young connections are not trimmed", async () => {
  await using stack = new AsyncDisposableStack();
  const host = stack.use(await openTestHost({ highWater: 1, lowWater: 1 }));
  for (const other of await openMany(3, stack)) await connectHosts(other, host);
  await eventually(() => host.connections().length === 3);
  await Bun.sleep(50); // a trimmer would have been quicker
  expect(host.connections()).toHaveLength(3);
});

test("a host starts and stops with bootstrap peers and kept peers that are not there", async () => {
  const began = performance.now();
  const dead = `/ip4/127.0.0.1/tcp/1/p2p/${nobody}`;
  const host = await openTestHost({
    bootstrap: [dead, `/dns4/no.invalid/tcp/1/p2p/${nobody}`],
    peering: [dead],
  });
  expect(host.peering.list()).toEqual([{ peer: nobody, addresses: ["/ip4/127.0.0.1/tcp/1"] }]);
  await host[Symbol.asyncDispose]();
  expect(performance.now() - began).toBeLessThan(4_000);
});

test("bootstrap peers that are there are connected", async () => {
  await using other = await openTestHost();
  await using host = await openTestHost({ bootstrap: other.addresses() });
  await eventually(() => host.isConnected(other.id));
});

const switches: readonly (readonly [keyof HostOptions, string])[] = [
  ["relayService", "/libp2p/circuit/relay/0.2.0/hop"],
  ["relayClient", "/libp2p/circuit/relay/0.2.0/stop"],
  ["autonat", "/libp2p/autonat/1.0.0"],
  ["pubsub", "/meshsub/1.1.0"],
];
for (const [option, protocol] of switches)
  test(`${option} is on when asked for and leaves no trace otherwise`, async () => {
    await using on = await openTestHost({ [option]: true });
    await using off = await openTestHost();
    expect(on.protocols()).toContain(protocol);
    expect(off.protocols()).not.toContain(protocol);
  });

test("everything at once starts and stops", async () => {
  const host = await openTestHost({
    relayClient: true,
    relayService: true,
    holePunching: true,
    upnp: true,
    autonat: true,
    pubsub: true,
    mdnsIntervalMs: 10_000,
    profile: "pi",
  });
  expect(host.reachability()).toEqual({
    status: "unknown",
    reachable: [],
    unreachable: [],
    unknown: [],
  });
  expect(host.resources()["inboundConnections"]).toEqual({ used: 0, max: 192 });
  await host[Symbol.asyncDispose]();
});

test("messages reach every subscriber once, with author and number; the last one to go leaves the topic", async () => {
  await using one = await openTestHost({ pubsub: true });
  await using other = await openTestHost({ pubsub: true });
  await connectHosts(one, other);
  const stop = new AbortController();
  const here = (await pubsubOf(one).subscribe("t"))[Symbol.asyncIterator]();
  const there = (await pubsubOf(other).subscribe("t", { signal: stop.signal }))[
    Symbol.asyncIterator
  ]();
  await eventually(() => pubsubOf(one).peers("t").includes(other.id));
  const data = new Uint8Array([1, 2, 3]);
  await pubsubOf(one).publish("t", data);
  for (const iterator of [here, there]) {
    const { value } = await iterator.next();
    expect(value).toMatchObject({ topic: "t", from: one.id, data });
    expect(value?.sequenceNumber).toHaveLength(8);
  }
  const waiting = there.next();
  stop.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await eventually(() => !pubsubOf(one).peers("t").includes(other.id));
  expect(pubsubOf(other).topics()).toEqual([]);
  expect(pubsubOf(one).topics()).toEqual(["t"]);
});

test("a slow subscriber loses the oldest messages, not memory", async () => {
  await using host = await openTestHost({ pubsub: true });
  const iterator = (await pubsubOf(host).subscribe("t", { queueMax: 2 }))[Symbol.asyncIterator]();
  for (let index = 0; index < 5; index += 1)
    await pubsubOf(host).publish("t", new Uint8Array([index]));
  expect((await iterator.next()).value?.data).toEqual(new Uint8Array([3]));
  expect((await iterator.next()).value?.data).toEqual(new Uint8Array([4]));
  await iterator.return?.();
});

test("a message over the limit is refused here, not by everybody else", async () => {
  await using host = await openTestHost({ pubsub: true });
  await expect(pubsubOf(host).publish("t", new Uint8Array(1024 * 1024))).rejects.toMatchObject({
    code: "MESSAGE_TOO_LARGE",
  });
});

test("a filter closes what it forbids and refuses it both ways", async () => {
  await using one = await openTestHost();
  await using other = await openTestHost();
  await connectHosts(one, other);
  one.filters.add("/ip4/127.0.0.0/ipcidr/8");
  await eventually(() => !one.isConnected(other.id));
  await expect(connectHosts(one, other)).rejects.toMatchObject({ code: "DIAL_FAILED" });
  await expect(connectHosts(other, one)).rejects.toMatchObject({ code: "DIAL_FAILED" });
});
