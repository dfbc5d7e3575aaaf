// Goal: every pin expires in its second, however many are to, and the pinset is looked through as seldom as can be.
// Method: the watch alone over a pinset in memory, with room for a few expiries, and a clock that is moved by hand.

import { expect, test } from "bun:test";

import { type Consensus, openLocalConsensus } from "#cluster";
import { cidOf } from "#dag";
import { codec, type Pin } from "#model";
import { ManualClock, until } from "#test/manual-clock";
import { MemoryKeyspace } from "#test/memory-keyspace";
import { pinOf } from "#test/test-pins";

import { ExpiryWatch } from "../../../src/cluster/expiry.ts";

const second = 1000;

function expiring(text: string, expireAt: number): Pin {
  return pinOf(cidOf(codec.raw, Buffer.from(text)), { name: text, expireAt });
}

/**
 * A watch that removes what expires from the pinset, and tells when the pinset was looked through. `onPage`: called when
 * a page was read and is not looked at yet. `problems`: for pins of these names the removal fails, which ends the watch;
 * `again` begins another turn of it.
 */
async function watched(
  pins: readonly Pin[],
  clock: ManualClock,
  {
    onPage,
  }: { readonly onPage?: (consensus: Consensus, watch: ExpiryWatch) => Promise<void> } = {},
) {
  const consensus = openLocalConsensus(new MemoryKeyspace(), "self");
  for (const pin of pins) await consensus.logPin(pin);
  const problems = new Map<string, Error>();
  const scans: number[] = [];
  const counted: Consensus = {
    ...consensus,
    pages: async function* () {
      scans.push(clock.now());
      for await (const page of consensus.pages()) {
        await onPage?.(consensus, watch);
        yield page;
      }
    },
  };
  const options = { intervalMs: 3600 * second, upcomingMax: 4 };
  const watch: ExpiryWatch = new ExpiryWatch({ consensus: counted, clock }, options);
  const expired: [name: string, at: number][] = [];
  const stop = new AbortController();
  const run = (): Promise<void> =>
    watch.watch(async (cid) => {
      const name = (await consensus.get(cid))?.name ?? "";
      const problem = problems.get(name);
      if (problem !== undefined) throw problem;
      expired.push([name, clock.now()]);
      await consensus.logUnpin(cid);
    }, stop.signal);
  let ended = run().catch(() => undefined);
  const again = async (): Promise<void> => {
    await ended;
    ended = run().catch(() => undefined);
  };
  const close = async (): Promise<void> => {
    stop.abort(new Error("over"));
    await ended;
  };
  return { consensus, watch, scans, expired, problems, again, close };
}

test("more expiries than are kept come each in their second", async () => {
  const clock = new ManualClock();
  const start = clock.now();
  const pins = Array.from({ length: 20 }, (_, index) =>
    expiring(`pin ${index}`, start + ((index * 7) % 20) * second + second),
  );
  const { expired, scans, close } = await watched(pins, clock);
  for (let passed = 0; passed < 20; passed += 1) {
    await until(() => clock.next !== undefined);
    clock.advance(second);
    await until(() => expired.length === passed + 1);
  }
  const late = pins.filter(
    ({ name, expireAt }) => !expired.some(([found, at]) => found === name && at === expireAt),
  );
  expect(late).toEqual([]);
  expect(scans.length).toBeLessThanOrEqual(11);
  await close();
});

test("a pinset whose expiries fit is looked through once, also when pins come later", async () => {
  const clock = new ManualClock();
  const start = clock.now();
  const { watch, consensus, expired, scans, close } = await watched(
    [expiring("old", start + 5 * second), expiring("for ever", 0)],
    clock,
  );
  await until(() => clock.next !== undefined);
  const added = expiring("new", start + 2 * second);
  await consensus.logPin(added);
  watch.note(added);
  await until(() => clock.next === start + 2 * second);
  clock.advance(2 * second);
  await until(() => clock.next === start + 5 * second);
  clock.advance(3 * second);
  await until(() => expired.length === 2);
  expect(expired).toEqual([
    ["new", start + 2 * second],
    ["old", start + 5 * second],
  ]);
  for (let hours = 0; hours < 5; hours += 1) {
    await until(() => clock.next !== undefined);
    clock.advance(3600 * second);
  }
  expect(scans.length).toBe(1);
  await close();
});

test("a pin that cannot be removed is in nobody's way, and is removed at the next turn", async () => {
  const clock = new ManualClock();
  const at = clock.now() + second;
  const names = ["a", "b", "c", "d"];
  const { expired, problems, again, close } = await watched(
    names.map((name) => expiring(name, at)),
    clock,
  );
  problems.set("a", new Error("no"));
  problems.set("b", new Error("no"));
  await until(() => clock.next === at);
  clock.advance(second);
  await until(() => expired.length === 2);
  problems.clear();
  await again();
  await until(() => expired.length === 4);
  expect(expired.map(([name]) => name).toSorted()).toEqual(names);
  await close();
});

test("an expiry that a pin gets while the pinset is looked through counts, not the one that was read", async () => {
  const clock = new ManualClock();
  const at = clock.now() + 5 * second;
  const { expired, close } = await watched([expiring("x", 0)], clock, {
    onPage: async (consensus, watch) => {
      const changed = expiring("x", at);
      await consensus.logPin(changed);
      watch.note(changed);
    },
  });
  await until(() => clock.next !== undefined);
  clock.advance(5 * second);
  await until(() => expired.length === 1);
  expect(expired).toEqual([["x", at]]);
  await close();
});
