// Goal: garbage is collected when the process holds too much, and never takes much of the time.
// Method: a clock moved by hand and memory that is a number.

import { expect, test } from "bun:test";

import { guardMemory } from "#lib";
import { ManualClock, until } from "#test/manual-clock";

test("a guard collects above its limit, and pauses five times as long as that took", async () => {
  const clock = new ManualClock();
  const memory = { held: 90, collections: 0, takesMs: 0 };
  const collect = (): void => {
    memory.collections += 1;
    clock.advance(memory.takesMs);
  };
  const guard = guardMemory(
    { clock, heldBytes: () => memory.held, collect },
    { limitBytes: 100, stepBytes: 5, intervalMs: 10 },
  );
  const pass = async (ms: number): Promise<number> => {
    clock.advance(ms);
    await until(() => clock.next !== undefined);
    return memory.collections;
  };
  expect(await pass(10)).toBe(0);
  memory.held = 101;
  expect(await pass(9)).toBe(0);
  expect(await pass(1)).toBe(1);
  // it is no garbage: nothing is gained before more has come
  expect(await pass(10)).toBe(1);
  memory.held = 107;
  expect(await pass(10)).toBe(2);
  memory.takesMs = 50;
  memory.held = 113;
  expect(await pass(10)).toBe(3);
  memory.held = 119;
  expect(await pass(249)).toBe(3);
  expect(await pass(1)).toBe(4);
  await guard[Symbol.asyncDispose]();
  expect(clock.next).toBeUndefined();
});
