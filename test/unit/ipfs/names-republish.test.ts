// Goal: names stay alive: published again before they end, others' records until they end. Method: a manual clock and a
// network in memory, which can be empty.

import { expect, test } from "bun:test";

import { decodeRecord } from "#ipfs";
import { eventually } from "#test/eventually";
import { fixtureSelf, type NamesStack, openNamesStack } from "#test/names-stack";
import { makeTempFolder } from "#test/temp-folder";

import { createRecord } from "../../../src/ipfs/names/record-create.ts";
import { formatTime } from "../../../src/ipfs/names/time.ts";

const root = "/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
const other = "/ipfs/bafkqaaa";
const self = fixtureSelf.peer;
const hourMs = 3_600_000;
const minuteMs = 60_000;

async function sequenceOf({ names }: NamesStack, name = self): Promise<bigint | undefined> {
  return decodeRecord(await names.getRecord(name)).sequence;
}

/** A record of the node's own key, as if it had been signed elsewhere. */
function recordOf(
  stack: NamesStack,
  changed: { readonly sequence: bigint; readonly value?: string; readonly lifetimeMs?: number },
): Promise<Uint8Array> {
  const { sequence, value = other, lifetimeMs = hourMs } = changed;
  const validity = formatTime(stack.clock.now() + lifetimeMs);
  const key = { name: "self", ...fixtureSelf };
  return createRecord(key, { value, sequence, validity, ttlMs: minuteMs, isV1Compatible: true });
}

test("names are published again before they end, with the same sequence and TTL", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, clock, network } = stack;
  await stack.keys.generate("k");
  await names.publish(root, { ttlMs: 7000, isV1Compatible: false });
  await names.publish(other, { key: "k" });
  await stack.keys.generate("unused");
  await eventually(() => clock.next !== undefined);
  for (let round = 0; round < 20; round += 1) {
    const before = network.puts.length;
    clock.advance(round === 0 ? minuteMs : 4 * hourMs);
    await eventually(() => network.puts.length === before + 2 && clock.next !== undefined);
  }
  const { path, ttlMs } = await names.resolve(self, { isCacheSkipped: true });
  expect([path, ttlMs]).toEqual([root, 7000]);
  const record = decodeRecord(await names.getRecord(self));
  expect([record.sequence, record.hasV1]).toEqual([0n, false]);
});

test("a failure to publish again is tried again sooner", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, clock, network } = stack;
  await names.publish(root);
  await eventually(() => clock.next !== undefined);
  network.isEmpty = true;
  const began = clock.now();
  clock.advance(minuteMs);
  await eventually(() => clock.next === began + 6 * minuteMs);
  network.isEmpty = false;
  clock.advance(5 * minuteMs);
  await eventually(
    () => network.puts.length === 2 && clock.next === began + 6 * minuteMs + 4 * hourMs,
  );
});

test("a record that was prolonged ends no sooner than it was to", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, clock, network } = stack;
  await names.publish(root, { lifetimeMs: 1000 * hourMs });
  const { validity } = decodeRecord(await names.getRecord(self));
  await eventually(() => clock.next !== undefined);
  clock.advance(minuteMs);
  await eventually(() => network.puts.length === 2);
  expect(decodeRecord(await names.getRecord(self)).validity).toBe(validity ?? "");
});

test("so many names are published at once and no more", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, clock, network } = stack;
  for (let index = 0; index < 12; index += 1) {
    await stack.keys.generate(`k${index}`);
    await names.publish(root, { key: `k${index}` });
  }
  network.runningMost = 0;
  const gate = Promise.withResolvers<void>();
  network.gate = gate.promise;
  await eventually(() => clock.next !== undefined);
  clock.advance(minuteMs);
  await eventually(() => network.running === 4);
  gate.resolve();
  await eventually(() => network.puts.length === 24);
  expect(network.runningMost).toBe(4);
});

test("nothing is published after the names are closed", async () => {
  using folder = makeTempFolder();
  const stack = openNamesStack(folder.path);
  await stack.names.publish(root);
  await eventually(() => stack.clock.next !== undefined);
  await stack[Symbol.asyncDispose]();
  stack.clock.advance(5 * hourMs);
  expect(stack.network.puts).toHaveLength(1);
});

test("a record that somebody else has signed is kept, served and put again until it ends", async () => {
  using folder = makeTempFolder();
  await using writer = openNamesStack(`${folder.path}/writer`, { isOffline: true });
  const { clock } = writer;
  const { peer } = await writer.keys.generate("k");
  const lifetimeMs = 6 * hourMs;
  await writer.names.publish(root, { key: "k", lifetimeMs, isOfflineAllowed: true });
  const record = await writer.names.getRecord(peer);
  await using stack = openNamesStack(`${folder.path}/keeper`, { clock });
  const { names, network } = stack;
  await names.putRecord(`/ipns/${peer}`, record);
  expect(network.puts).toHaveLength(1);
  expect((await names.resolve(peer)).path).toBe(root);
  await eventually(() => clock.next !== undefined);
  clock.advance(minuteMs);
  await eventually(() => network.puts.length === 2 && clock.next !== undefined);
  expect(Buffer.from(network.puts[1]?.record ?? [])).toEqual(Buffer.from(record));
  clock.advance(4 * hourMs);
  await eventually(() => network.puts.length === 3 && clock.next !== undefined);
  clock.advance(4 * hourMs);
  await eventually(async () => (await stack.datastore.count()) === 0);
  expect(network.puts).toHaveLength(3);
});

test("a record that is put must be signed, newer, and small", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path, { isOffline: true });
  const { names, clock } = stack;
  const offline = { isOfflineAllowed: true };
  const put = (record: Uint8Array, name = self, isForced = false): Promise<void> =>
    names.putRecord(name, record, { ...offline, isForced });
  const third = await recordOf(stack, { sequence: 3n });
  await expect(names.putRecord(self, third)).rejects.toThrow("can't put while offline");
  await put(third);
  await put(third);
  expect(await sequenceOf(stack)).toBe(3n);
  const same = await recordOf(stack, { sequence: 3n, value: root });
  await expect(put(same)).rejects.toThrow(
    "existing IPNS record has sequence 3 >= new record sequence 3, use 'ipfs name put --force' to skip this check",
  );
  const second = await recordOf(stack, { sequence: 2n, value: root });
  await put(second, self, true);
  expect((await names.resolve(self)).path).toBe(other);
  const { peer } = await stack.keys.generate("k");
  await expect(put(third, peer)).rejects.toThrow(
    "record validation failed: signature verification failed",
  );
  await expect(put(third, peer, true)).rejects.toThrow("signature verification failed");
  await expect(put(new Uint8Array())).rejects.toThrow("record is empty");
  await expect(put(new Uint8Array(10_241))).rejects.toThrow(
    "record exceeds maximum size of 10240 bytes, use --force to skip size check",
  );
  await expect(put(Buffer.from("hello\n"))).rejects.toThrow(
    "invalid IPNS record: record is malformed\nproto: cannot parse invalid wire-format data",
  );
  const ends = await recordOf(stack, { sequence: 9n, lifetimeMs: 1000 });
  clock.advance(1001);
  await expect(put(ends)).rejects.toThrow("record validation failed: record is expired");
  // what was put counts when the key is used here
  expect((await names.publish(root, offline)).sequence).toBe(4n);
});

test("of too many records of others the one that ends first goes", async () => {
  using folder = makeTempFolder();
  await using writer = openNamesStack(`${folder.path}/writer`, { isOffline: true });
  const { clock } = writer;
  const options = { importedMax: 2, republishPeriodMs: 0 };
  await using stack = openNamesStack(`${folder.path}/keeper`, { isOffline: true, clock, options });
  const peers: string[] = [];
  for (const hours of [3, 1, 2]) {
    const { peer } = await writer.keys.generate(`k${hours}`);
    const lifetimeMs = hours * hourMs;
    await writer.names.publish(root, { key: `k${hours}`, lifetimeMs, isOfflineAllowed: true });
    const record = await writer.names.getRecord(peer);
    await stack.names.putRecord(peer, record, { isOfflineAllowed: true });
    peers.push(peer);
  }
  const kept = await Promise.allSettled(peers.map((peer) => stack.names.getRecord(peer)));
  expect(kept.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("a newer record from elsewhere is not prolonged with the older one's value", async () => {
  using folder = makeTempFolder();
  await using stack = openNamesStack(folder.path);
  const { names, clock, network } = stack;
  await names.publish(root);
  await names.putRecord(self, await recordOf(stack, { sequence: 5n, lifetimeMs: 40 * hourMs }));
  await eventually(() => clock.next !== undefined);
  clock.advance(minuteMs);
  await eventually(() => network.puts.length === 3 && clock.next !== undefined);
  expect(decodeRecord(network.puts[2]?.record ?? new Uint8Array()).sequence).toBe(5n);
  expect((await names.resolve(self)).path).toBe(other);
});
