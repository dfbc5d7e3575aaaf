// Goal: what others leave with us is bounded, ends, and is what the wire carries. Method: the stores and the codec alone,
// with a clock that the test owns.

import { expect, test } from "bun:test";

import { ManualClock } from "#test/manual-clock";

import { dhtBounds } from "../../../src/net/dht/bounds.ts";
import { commonPrefix, compareDistance, kadId, nearestTo } from "../../../src/net/dht/keys.ts";
import {
  decodeMessage,
  encodeAddProvider,
  encodeMessage,
  messageType,
} from "../../../src/net/dht/message.ts";
import { ProviderStore } from "../../../src/net/dht/provider-store.ts";
import { RecordStore, Validators } from "../../../src/net/dht/record-store.ts";
import type { RecordValidator } from "../../../src/net/types.ts";

const hour = 3_600_000;

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function providers(limits: { readonly records?: number; readonly perKey?: number } = {}) {
  const clock = new ManualClock();
  const bounds = {
    ...dhtBounds("pi"),
    providerRecordsMax: limits.records ?? 100,
    providersPerKeyMax: limits.perKey ?? 10,
  };
  return { clock, store: new ProviderStore(bounds, () => clock.now()) };
}

const told = (peer: string) => ({ peer, addresses: [bytes(peer)] });

test("a provider is there for two days after it was told last", () => {
  const { clock, store } = providers();
  store.add(bytes("k"), told("a"));
  clock.advance(40 * hour);
  store.add(bytes("k"), told("b"));
  store.add(bytes("other"), told("a"));
  clock.advance(10 * hour);
  expect(store.get(bytes("k")).map(({ peer }) => peer)).toEqual(["b"]);
  store.add(bytes("k"), told("b"));
  clock.advance(40 * hour);
  store.sweep();
  expect(store.size).toBe(1);
  expect(store.get(bytes("k"))).toEqual([told("b")]);
});

test("of one key the oldest provider goes, of all the oldest key's", () => {
  const { store } = providers({ records: 8, perKey: 3 });
  for (const peer of ["a", "b", "c", "a", "d"]) store.add(bytes("k"), told(peer));
  expect(store.get(bytes("k")).map(({ peer }) => peer)).toEqual(["d", "a", "c"]);
  for (let i = 0; i < 20; i += 1) store.add(bytes(`key ${i}`), told("a"));
  expect(store.size).toBe(8);
  expect(store.get(bytes("k"))).toEqual([]);
  expect(store.get(bytes("key 19"))).toHaveLength(1);
});

test("a provider is known when its addresses are forgotten", () => {
  const clock = new ManualClock();
  const store = new ProviderStore({ ...dhtBounds("pi"), addressBookMax: 2 }, () => clock.now());
  for (const peer of ["a", "b", "c"]) store.add(bytes(`key ${peer}`), told(peer));
  expect(store.get(bytes("key a"))).toEqual([{ peer: "a", addresses: [] }]);
});

/** The longer value is better; an empty one is not valid. */
const lengths: RecordValidator = {
  namespace: "len",
  validate: async (_key, value) => {
    if (value.length === 0) throw new Error("empty");
  },
  select: (_key, values) => {
    const sizes = values.map(({ length }) => length);
    return sizes.indexOf(Math.max(...sizes));
  },
};

function records(recordsMax = 10) {
  const clock = new ManualClock();
  const bounds = { ...dhtBounds("pi"), recordsMax };
  return { clock, store: new RecordStore(bounds, new Validators([lengths]), () => clock.now()) };
}

test("a worse value never takes a better one's place", async () => {
  const { store } = records();
  const key = bytes("/len/a");
  await store.put(key, bytes("long"));
  await expect(store.put(key, bytes("short".slice(0, 2)))).rejects.toMatchObject({
    code: "RECORD_REFUSED",
  });
  await store.put(key, bytes("long"));
  await store.put(key, bytes("longer"));
  expect(store.get(key)?.value).toEqual(bytes("longer"));
});

test("what is not valid, too large, or of an unknown namespace is refused", async () => {
  const { store } = records();
  const refused: readonly (readonly [string, Uint8Array])[] = [
    ["/len/a", bytes("")],
    ["/len/a", new Uint8Array(20_000)],
    ["/unknown/a", bytes("x")],
    ["len", bytes("x")],
    ["", bytes("x")],
  ];
  for (const [key, value] of refused) {
    await expect(store.put(bytes(key), value)).rejects.toMatchObject({ code: "RECORD_REFUSED" });
  }
  expect(store.size).toBe(0);
});

test("values end, and only so many stay", async () => {
  const { clock, store } = records(5);
  for (let i = 0; i < 9; i += 1) await store.put(bytes(`/len/${i}`), bytes("x"));
  expect(store.size).toBe(5);
  clock.advance(49 * hour);
  expect(store.get(bytes("/len/8"))).toBeUndefined();
});

test("a message is read as it was written", () => {
  const peer = { id: bytes("id"), addresses: [bytes("one"), bytes("two")] };
  const message = {
    type: messageType.getProviders,
    key: bytes("key"),
    record: { key: bytes("key"), value: new Uint8Array(300), timeReceived: "2026-01-01T00:00:00Z" },
    closer: [peer, { id: bytes("x"), addresses: [] }],
    providers: [peer],
  };
  expect(decodeMessage(encodeMessage(message))).toEqual(message);
  const framed = encodeAddProvider(peer)(bytes("key"));
  expect(framed[0]).toBe(framed.length - 1);
  expect(decodeMessage(framed.subarray(1))).toMatchObject({
    type: messageType.addProvider,
    key: bytes("key"),
    providers: [peer],
  });
});

test("rubbish is refused, and never read past its end", () => {
  const whole = encodeMessage({
    type: messageType.addProvider,
    key: bytes("key"),
    providers: [{ id: bytes("id"), addresses: [bytes("address")] }],
  });
  for (let end = 0; end < whole.length; end += 1) {
    try {
      decodeMessage(whole.subarray(0, end));
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: "DHT_MESSAGE" });
    }
  }
  const bad = [
    [0x08, 0x09],
    [0x0b],
    [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f],
    Array.from({ length: 12 }, () => 0xff),
  ];
  for (const one of bad) {
    expect(() => decodeMessage(Uint8Array.from(one))).toThrow("DHT message");
  }
});

test("only so many peers and addresses of a message are read", () => {
  const peer = { id: bytes("id"), addresses: Array.from({ length: 100 }, () => bytes("a")) };
  const message = decodeMessage(encodeMessage({ closer: Array.from({ length: 500 }, () => peer) }));
  expect(message.closer).toHaveLength(128);
  expect(message.closer[0]?.addresses).toHaveLength(32);
});

test("the nearest are the nearest by exclusive or, in order", () => {
  const target = kadId(bytes("target"));
  const all = Array.from({ length: 300 }, (_, i) => ({ kadId: kadId(bytes(`peer ${i}`)) }));
  const sorted = all.toSorted((a, b) => compareDistance(target, a.kadId, b.kadId));
  expect(nearestTo(target, all, 20)).toEqual(sorted.slice(0, 20));
  expect(nearestTo(target, all.slice(0, 5), 20)).toHaveLength(5);
  const bits = sorted.map((peer) => commonPrefix(target, peer.kadId));
  expect(bits).toEqual(bits.toSorted((a, b) => b - a));
  expect(commonPrefix(target, target)).toBe(256);
});
