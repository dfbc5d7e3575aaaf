// Goal: every key is announced once an interval to the right peers, at a price that a small line pays, whatever happens
// meanwhile. Method: a DHT that exists only in memory, a clock that the test owns, and counting.

import { expect, setDefaultTimeout, test } from "bun:test";

import { silentLogger } from "#lib";
import type { CID } from "#model";
import { FakeDht, manyCids } from "#test/fake-dht";
import { ManualClock } from "#test/manual-clock";
import { MemoryKeyspace } from "#test/memory-keyspace";

import { collectKeys } from "../../../src/ipfs/routing/announcer/key-table.ts";
import { openAnnouncer } from "../../../src/ipfs/routing/announcer/open-announcer.ts";
import { placeOfKey } from "../../../src/ipfs/routing/announcer/place.ts";
import { routingBounds } from "../../../src/ipfs/routing/bounds.ts";
import type { Announcer } from "../../../src/ipfs/routing/types.ts";

setDefaultTimeout(30_000); // much arithmetic, on a machine that may be busy

const hour = 3_600_000;
const interval = 24 * hour;

interface Scene {
  readonly clock: ManualClock;
  readonly keyspace: MemoryKeyspace;
  readonly fake: FakeDht;
  readonly cids: readonly CID[];
}

function scene(size: number, cids: Iterable<CID>): Scene {
  return {
    clock: new ManualClock(),
    keyspace: new MemoryKeyspace(),
    fake: new FakeDht(size),
    cids: [...cids],
  };
}

function open({ clock, keyspace, fake, cids }: Scene): Promise<Announcer & AsyncDisposable> {
  let chance = 1;
  return openAnnouncer(
    {
      dht: fake.dht,
      addresses: () => ["/ip4/192.0.2.1/tcp/4001"],
      self: "nobody",
      keyspace,
      clock,
      logger: silentLogger,
      randomBytes: (n) => new Uint8Array(n).fill((chance += 1)),
    },
    {
      bounds: routingBounds("pi").announcer,
      strategy: "roots",
      intervalMs: interval,
      announceable: {
        async *keys() {
          yield* cids;
        },
      },
    },
  );
}

/** Lets time pass, from one sleeper to the next, until the condition holds. */
async function pass(
  { clock }: Scene,
  until: () => boolean,
  limitMs = 3 * interval,
): Promise<number> {
  const beganAt = clock.now();
  while (!until()) {
    if (clock.now() - beganAt > limitMs) throw new Error("it takes too long");
    await settle();
    if (until()) break;
    if (clock.next !== undefined) clock.advance(Math.max(0, clock.next - clock.now()));
  }
  return clock.now() - beganAt;
}

/** Everything that waits only for its turn runs. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

/** Who is nearest is found out the hard way, so for some of the keys. */
function expectAllToldOnce({ fake, cids }: Scene): void {
  const step = Math.ceil(cids.length / 300);
  for (const [index, { multihash }] of cids.entries()) {
    const told = fake.told.get(Buffer.from(multihash.bytes).toString("hex"));
    const counts = [...(told?.values() ?? [])];
    if (counts.length === 0 || counts.some((count) => count !== 1)) throw new Error("not once");
    if (index % step > 0) continue;
    expect(new Set(told?.keys())).toEqual(new Set(fake.nearest(multihash.bytes)));
  }
  expect(fake.told.size).toBe(cids.length);
}

test("every key is told once, and to the 20 nearest peers", async () => {
  const it = scene(500, manyCids(2000));
  await using announcer = await open(it);
  await pass(it, () => announcer.stat().lastSweepAt !== undefined);
  expectAllToldOnce(it);
  expect(announcer.stat()).toMatchObject({ provided: 2000, failed: 0, keysInLastSweep: 2000 });
});

test("many keys need few lookups, and few keys no more than one each", async () => {
  const many = scene(2000, manyCids(20_000));
  await using announcer = await open(many);
  await pass(many, () => announcer.stat().lastSweepAt !== undefined);
  expect(many.fake.lookups).toBeLessThan(800);
  expectAllToldOnce(many);

  const few = scene(2000, manyCids(50));
  await using other = await open(few);
  await pass(few, () => other.stat().lastSweepAt !== undefined);
  expect(few.fake.lookups).toBeLessThanOrEqual(50);
  expectAllToldOnce(few);
});

test("a sweep is spread over its whole time", async () => {
  const it = scene(300, manyCids(3000));
  await using announcer = await open(it);
  await pass(it, () => announcer.stat().lastSweepAt !== undefined);
  it.fake.told.clear();
  const half = await pass(it, () => it.fake.told.size >= 1500);
  expect(half / interval).toBeCloseTo(0.5, 1);
  expect(it.fake.largest).toBeLessThan(100);
});

test("a small network is not told everything at once", async () => {
  const it = scene(5, manyCids(2560));
  await using announcer = await open(it);
  await pass(it, () => announcer.stat().lastSweepAt !== undefined);
  expectAllToldOnce(it);
  expect(it.fake.largest).toBeLessThan(40);
  expect(it.fake.lookups).toBeLessThan(60);
});

test("a restart goes on where it was", async () => {
  const it = scene(300, manyCids(1000));
  {
    await using announcer = await open(it);
    await pass(it, () => announcer.stat().provided >= 400);
  }
  const before = it.fake.told.size;
  expect(before).toBeLessThan(600);
  await using announcer = await open(it);
  await pass(it, () => announcer.stat().lastSweepAt !== undefined);
  expect(announcer.stat().provided).toBe(1000 - before);
  expectAllToldOnce(it);
});

test("after a break of days everything is told again, in haste", async () => {
  const it = scene(300, manyCids(500));
  {
    await using announcer = await open(it);
    await pass(it, () => announcer.stat().lastSweepAt !== undefined);
  }
  it.fake.told.clear();
  it.clock.advance(10 * 24 * hour);
  await using announcer = await open(it);
  const tookMs = await pass(it, () => announcer.stat().provided === 500);
  expect(tookMs).toBeLessThan(interval / 4);
});

test("without peers it waits, and costs almost nothing", async () => {
  const it = scene(300, manyCids(100));
  it.fake.leave();
  await using announcer = await open(it);
  let sleeps = 0;
  while (it.clock.now() < 1_800_000_000_000 + 12 * hour) {
    await settle();
    it.clock.advance(Math.max(1, (it.clock.next ?? 0) - it.clock.now()));
    sleeps += 1;
  }
  expect(sleeps).toBeLessThan(200);
  expect(it.fake.lookups).toBe(0);
  it.fake.grow(300, 2);
  await pass(it, () => announcer.stat().lastSweepAt !== undefined);
  expectAllToldOnce(it);
  expect(announcer.stat().provided).toBe(100);
});

test("while the line is down no region is passed over", async () => {
  const it = scene(300, manyCids(300));
  await using announcer = await open(it);
  await pass(it, () => announcer.stat().provided >= 100);
  it.fake.isLineDown = true;
  const before = it.fake.lookups;
  const downAt = it.clock.now();
  await pass(it, () => it.clock.now() - downAt > 5 * hour);
  expect(it.fake.lookups - before).toBeLessThan(100);
  it.fake.isLineDown = false;
  await pass(it, () => announcer.stat().lastSweepAt !== undefined);
  expect(announcer.stat()).toMatchObject({ provided: 300, failed: 0 });
  expectAllToldOnce(it);
});

test("without an address to tell it waits for one", async () => {
  const it = scene(300, manyCids(50));
  it.fake.hasAddress = false;
  await using announcer = await open(it);
  await pass(it, () => it.fake.lookups > 4);
  expect(it.fake.told.size).toBe(0);
  it.fake.hasAddress = true;
  await pass(it, () => announcer.stat().lastSweepAt !== undefined);
  expectAllToldOnce(it);
});

test("peers that come meanwhile are told from then on", async () => {
  const it = scene(100, manyCids(1000));
  await using announcer = await open(it);
  await pass(it, () => announcer.stat().provided > 500);
  it.fake.grow(400, 2);
  await pass(it, () => announcer.stat().lastSweepAt !== undefined);
  it.fake.told.clear();
  const doneAt = announcer.stat().lastSweepAt;
  await pass(it, () => announcer.stat().lastSweepAt !== doneAt);
  expectAllToldOnce(it);
});

test("new content is announced within seconds, content of one import together", async () => {
  const it = scene(300, []);
  await using announcer = await open(it);
  const cids = [...manyCids(1000, 7)];
  for (const cid of cids) announcer.enqueue(cid);
  for (const cid of cids) announcer.enqueue(cid);
  expect(announcer.stat().queued).toBe(1000);
  const tookMs = await pass(it, () => announcer.stat().queued === 0);
  expect(tookMs).toBeLessThan(120_000); // the line carries so many bytes a second
  expectAllToldOnce({ ...it, cids });
  expect(it.fake.lookups).toBeLessThan(400);
});

test("the queue has an end, and can be emptied", async () => {
  const it = scene(300, []);
  it.fake.leave();
  await using announcer = await open(it);
  for (const cid of manyCids(5000)) announcer.enqueue(cid);
  expect(announcer.stat().queued).toBe(routingBounds("pi").announcer.queueMax);
  expect(announcer.clear()).toBe(routingBounds("pi").announcer.queueMax);
  expect(announcer.stat().queued).toBe(0);
});

test("keys are in order and each is there once, in 45 bytes of memory", async () => {
  const count = 200_000;
  const bytes = [...manyCids(count)].map(({ multihash }) => multihash.bytes);
  const table = await collectKeys(
    (async function* () {
      yield* bytes;
      yield* bytes.slice(0, 1000);
    })(),
    { keysMax: 1_000_000 },
  );
  expect(table.size).toBe(count);
  expect(table.sizeBytes / count).toBeLessThan(46);
  const seen = new Set<string>();
  let last = 0;
  for (let i = 0; i < table.size; i += 1) {
    const key = table.multihashAt(i);
    if (i % 97 === 0) expect(placeOfKey(key)).toBe(table.placeAt(i));
    if (table.placeAt(i) < last) throw new Error("out of order");
    last = table.placeAt(i);
    seen.add(Buffer.from(key).toString("latin1"));
  }
  expect(seen.size).toBe(count);
});
