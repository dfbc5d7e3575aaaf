// Goal: peers are kept connected with growing pauses, and bootstrap peers are dialled while there are few; nothing of it stops
// a host. Method: the parts with a network of functions, on a clock that the test moves.

import { expect, test } from "bun:test";

import { silentLogger } from "#lib";
import { ManualClock, until } from "#test/manual-clock";

import { startBootstrap } from "../../../src/net/services/bootstrap.ts";
import { groupByPeer, KeptPeers } from "../../../src/net/services/peering.ts";

/** One peer that answers or not. */
class FakePeer {
  readonly clock = new ManualClock();
  readonly protectedPeers = new Set<string>();
  readonly dials: { readonly at: number; readonly addresses: readonly string[] }[] = [];
  isReachable = true;
  isConnected = false;
  #onDisconnect: (() => void) | undefined;

  readonly kept = new KeptPeers({
    connect: async (_peer, addresses) => {
      this.dials.push({ at: this.clock.now(), addresses });
      if (!this.isReachable) throw new Error("nobody there");
      this.isConnected = true;
    },
    isConnected: () => this.isConnected,
    onceDisconnected: (_peer, callback) => {
      this.#onDisconnect = callback;
      return () => {
        this.#onDisconnect = undefined;
      };
    },
    protect: (peer) => this.protectedPeers.add(peer),
    unprotect: (peer) => this.protectedPeers.delete(peer),
    clock: this.clock,
    random: () => 0.5,
    log: silentLogger,
  });

  disconnect(): void {
    this.isConnected = false;
    this.#onDisconnect?.();
  }

  get isWatched(): boolean {
    return this.#onDisconnect !== undefined;
  }
}

test("a peer is dialled at once, protected, and again after it has gone", async () => {
  const peer = new FakePeer();
  peer.kept.add("id", ["/ip4/1.2.3.4/tcp/1"]);
  await until(() => peer.isWatched);
  expect(peer.dials).toMatchObject([{ addresses: ["/ip4/1.2.3.4/tcp/1"] }]);
  expect([...peer.protectedPeers]).toEqual(["id"]);
  peer.disconnect();
  await until(() => peer.clock.next !== undefined);
  peer.clock.advance(5_000);
  await until(() => peer.dials.length === 2 && peer.isWatched);
  peer.kept[Symbol.dispose]();
  expect([...peer.protectedPeers]).toEqual([]);
});

test("pauses grow from seconds to ten minutes", async () => {
  const peer = new FakePeer();
  peer.isReachable = false;
  peer.kept.add("id", []);
  for (let dial = 1; dial <= 12; dial += 1) {
    await until(() => peer.dials.length === dial && peer.clock.next !== undefined);
    peer.clock.advance((peer.clock.next ?? 0) - peer.clock.now());
  }
  const pauses = peer.dials.slice(1).map(({ at }, index) => at - (peer.dials[index]?.at ?? 0));
  expect(pauses[0]).toBe(10_000);
  for (const [index, pause] of pauses.slice(1, 6).entries())
    expect(pause).toBeGreaterThan(pauses[index] ?? 0);
  expect(pauses.at(-1)).toBeWithin(539_999, 600_001);
  peer.kept[Symbol.dispose]();
});

test("new addresses are used at the next dial, and a removed peer is left alone", async () => {
  const peer = new FakePeer();
  peer.isReachable = false;
  peer.kept.add("id", ["/ip4/1.1.1.1/tcp/1"]);
  await until(() => peer.clock.next !== undefined);
  peer.kept.add("id", ["/ip4/2.2.2.2/tcp/2"]);
  expect(peer.kept.list()).toEqual([{ peer: "id", addresses: ["/ip4/2.2.2.2/tcp/2"] }]);
  peer.clock.advance(600_000);
  await until(() => peer.dials.length === 2);
  expect(peer.dials[1]?.addresses).toEqual(["/ip4/2.2.2.2/tcp/2"]);
  expect(peer.kept.remove("id")).toBe(true);
  expect(peer.kept.remove("id")).toBe(false);
  await until(() => peer.clock.next === undefined);
  expect(peer.dials).toHaveLength(2);
});

test("addresses are sorted by their peers", () => {
  const id = "12D3KooWSHj3RRbBjD15g6wekV8y3mm57Pobmps2g2WJm6F67Lay";
  expect([
    ...groupByPeer([`/ip4/1.2.3.4/tcp/1/p2p/${id}`, `/dns4/a.b/tcp/2/ws/p2p/${id}`, `/p2p/${id}`]),
  ]).toEqual([[id, ["/ip4/1.2.3.4/tcp/1", "/dns4/a.b/tcp/2/ws"]]]);
  expect(() => groupByPeer(["/ip4/1.2.3.4/tcp/1"])).toThrow("does not end in /p2p/ID");
  expect(() => groupByPeer(["nonsense"])).toThrow(
    expect.objectContaining({ code: "INVALID_ADDRESS" }),
  );
});

test("bootstrap peers are dialled at the start and while there are fewer than four", async () => {
  const clock = new ManualClock();
  const dialled: string[] = [];
  let connected = 0;
  using _ = startBootstrap(
    {
      connect: async (address) => {
        dialled.push(address);
        if (address === "/dead") throw new Error("nobody there");
        connected += 1;
      },
      connectedPeers: () => connected,
      clock,
      random: () => 0,
      log: silentLogger,
    },
    ["/dead", "/one", "/two"],
  );
  await until(() => clock.next !== undefined);
  expect(dialled.toSorted()).toEqual(["/dead", "/one", "/two"]);
  connected = 3;
  clock.advance(30_000);
  await until(() => dialled.length === 4);
  await until(() => clock.next !== undefined);
  connected = 4;
  clock.advance(30_000);
  await until(() => clock.next !== undefined);
  expect(dialled).toHaveLength(4);
});
