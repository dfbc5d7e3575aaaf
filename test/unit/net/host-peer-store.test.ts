// Goal: what is remembered of peers is right, bounded, cheap for what is known, and survives a restart where it should.
// Method: the store and the disk behind it alone, with a clock that the test moves; strangers by the thousand.

import { beforeEach, describe, expect, test } from "bun:test";

import { generateKeyPair } from "@libp2p/crypto/keys";
import { type Libp2pEvents, type PeerId, TypedEventEmitter } from "@libp2p/interface";
import { peerIdFromMultihash, peerIdFromPrivateKey } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import { MemoryDatastore } from "datastore-core/memory";
import { create as createDigest } from "multiformats/hashes/digest";

import { silentLogger } from "#lib";
import { ManualClock } from "#test/manual-clock";

import { PeerDisk } from "../../../src/net/host-peer-disk.ts";
import { MemoryPeerStore } from "../../../src/net/host-peer-store.ts";

const hourMs = 3_600_000;
const self = peerIdFromPrivateKey(await generateKeyPair("Ed25519"));
const agent = { AgentVersion: new TextEncoder().encode("kubo/0.40.0") };
const address = multiaddr("/ip4/203.0.113.1/tcp/4001");

let clock: ManualClock;
let events: TypedEventEmitter<Libp2pEvents>;
let changed: string[];

beforeEach(() => {
  clock = new ManualClock();
  events = new TypedEventEmitter();
  changed = [];
});

function makeStore(peersMax = 100): MemoryPeerStore {
  return new MemoryPeerStore(
    {
      self,
      clock,
      events,
      mayKeep: () => Promise.resolve(true),
      onChange: (peer) => changed.push(peer.toString()),
    },
    peersMax,
  );
}

function stranger(index: number): PeerId {
  const digest = new Uint8Array(32);
  new DataView(digest.buffer).setUint32(0, index);
  return peerIdFromMultihash(createDigest(0x12, digest));
}

describe("the peer store", () => {
  test("joins, replaces, and tells only of changes", async () => {
    const store = makeStore();
    const told: string[] = [];
    events.addEventListener("peer:update", ({ detail }) => {
      told.push(detail.peer.protocols.join());
    });
    await store.merge(stranger(1), { protocols: ["/b"] });
    await store.merge(stranger(1), { protocols: ["/a"], multiaddrs: [address] });
    const peer = await store.merge(stranger(1), { protocols: ["/a"] });
    expect(peer.protocols).toEqual(["/a", "/b"]);
    await store.patch(stranger(1), { protocols: ["/c"] });
    expect(told).toEqual(["/b", "/a,/b", "/c"]);
    expect(await store.getInfo(stranger(1))).toMatchObject({ multiaddrs: [address] });
    await expect(store.get(stranger(2))).rejects.toMatchObject({ name: "NotFoundError" });
    await store.delete(stranger(1));
    expect(await store.has(stranger(1))).toBe(false);
  });

  test("a known protocol costs no new record", async () => {
    const store = makeStore();
    const first = await store.merge(stranger(1), { protocols: ["/a"] });
    expect(await store.merge(stranger(1), { protocols: ["/a"] })).toBe(first);
  });

  test("tags end with their time", async () => {
    const store = makeStore();
    await store.merge(stranger(1), { tags: { short: { value: 5, ttl: 1000 }, long: {} } });
    clock.advance(1001);
    expect([...(await store.get(stranger(1))).tags.keys()]).toEqual(["long"]);
  });

  test("a stranger's addresses are forgotten after an hour, a known peer's after a week", async () => {
    const store = makeStore();
    await store.merge(stranger(1), { multiaddrs: [address] });
    await store.merge(stranger(2), { multiaddrs: [address], metadata: agent });
    clock.advance(2 * hourMs);
    expect((await store.get(stranger(1))).addresses).toEqual([]);
    expect((await store.get(stranger(2))).addresses).toHaveLength(1);
    clock.advance(7 * 24 * hourMs);
    expect((await store.get(stranger(2))).addresses).toEqual([]);
  });

  test("ten thousand strangers push out neither known nor connected peers", async () => {
    const store = makeStore(100);
    await store.merge(stranger(1), { multiaddrs: [address], metadata: agent });
    await store.merge(stranger(2), { multiaddrs: [address] });
    events.safeDispatchEvent("peer:connect", { detail: stranger(2) });
    for (let index = 10; index < 10_000; index += 1) {
      await store.merge(stranger(index), { multiaddrs: [address] });
    }
    expect(store.size).toBe(100);
    expect(await store.has(stranger(1))).toBe(true);
    expect(await store.has(stranger(2))).toBe(true);
    expect(await store.has(stranger(9_999))).toBe(true);
    expect(await store.has(stranger(10))).toBe(false);
  });

  test("what one peer tells is bounded, and what it signed stays", async () => {
    const store = makeStore();
    const addresses = Array.from({ length: 300 }, (_, port) => ({
      multiaddr: multiaddr(`/ip4/203.0.113.1/tcp/${port + 1}`),
      isCertified: port < 3,
    }));
    const peer = await store.merge(stranger(1), {
      addresses,
      protocols: Array.from({ length: 1000 }, (_, index) => `/p/${index}`),
      metadata: { AgentVersion: new Uint8Array(100_000) },
      peerRecordEnvelope: new Uint8Array(1_000_000),
    });
    expect(peer.addresses).toHaveLength(32);
    expect(peer.addresses.filter(({ isCertified }) => isCertified)).toHaveLength(3);
    expect(peer.protocols).toHaveLength(128);
    expect(peer.metadata.get("AgentVersion")).toHaveLength(1024);
    expect(peer.peerRecordEnvelope).toBeUndefined();
  });

  test("of the host itself nothing is ever forgotten, and it is not among the peers", async () => {
    const store = makeStore(1);
    await store.merge(self, { protocols: ["/mine"], multiaddrs: [address] });
    for (let index = 0; index < 5; index += 1) await store.merge(stranger(index), {});
    clock.advance(1000 * hourMs);
    expect((await store.get(self)).addresses).toHaveLength(1);
    expect(await store.all()).toHaveLength(1);
  });
});

describe("the disk", () => {
  test("keeps the newest of the peers that we have talked with, for a week", async () => {
    const datastore = new MemoryDatastore();
    const deps = { datastore, clock, logger: silentLogger };
    {
      await using disk = new PeerDisk(deps, 3);
      for (let index = 0; index < 6; index += 1) {
        const seen = { peer: stranger(index), addresses: [address], seenAt: clock.now() + index };
        disk.note(stranger(index).toString(), () => seen);
      }
    }
    const load = async (): Promise<string[]> => {
      await using disk = new PeerDisk(deps, 3);
      return (await disk.load()).map(({ peer }) => peer.toString());
    };
    expect(await load()).toEqual([5, 4, 3].map((index) => stranger(index).toString()));
    clock.advance(8 * 24 * hourMs);
    expect(await load()).toEqual([]);
    expect(await Array.fromAsync(datastore.query({ prefix: "/peers" }))).toEqual([]);
  });

  test("writes together, once a minute", async () => {
    const datastore = new MemoryDatastore();
    await using disk = new PeerDisk({ datastore, clock, logger: silentLogger }, 10);
    disk.start();
    disk.note(stranger(1).toString(), () => ({
      peer: stranger(1),
      addresses: [address],
      seenAt: clock.now(),
    }));
    const written = (): Promise<unknown[]> => Array.fromAsync(datastore.query({}));
    clock.advance(59_000);
    expect(await written()).toEqual([]);
    clock.advance(1000);
    await Bun.sleep(0);
    expect(await written()).toHaveLength(1);
  });
});
