// Goal: an attempt to fetch a pin is watched for as long as it should be, also when the clock jumps.
// Method: the watch alone, on a clock that can be set back; its sleeps are ended by hand, as timers are, which know no clock.

import { expect, test } from "bun:test";

import { PinWatch } from "../../../src/cluster/pin-watch.ts";

const timeoutMs = 120_000;

test("a clock that is set back makes the watch no longer than once more its time", async () => {
  let now = 1e12;
  const sleeps: { readonly ms: number; readonly wake: () => void }[] = [];
  const clock = {
    now: () => now,
    sleep: (ms: number) => new Promise<void>((wake) => sleeps.push({ ms, wake })),
  };
  using watch = new PinWatch({ clock, waiting: () => "" }, { timeoutMs });
  now -= 86_400_000;
  sleeps[0]?.wake();
  await Promise.resolve();
  await Promise.resolve();
  expect(sleeps.map(({ ms }) => ms)).toEqual([timeoutMs, timeoutMs]);
  expect(watch.signal.aborted).toBe(false);
  now += timeoutMs;
  sleeps[1]?.wake();
  await new Promise((resolve) => watch.signal.addEventListener("abort", resolve));
});
