// Goal: pins get times by which lists can be paged. Method: a clock in the test's hands.

import { expect, test } from "bun:test";

import { PinTimes } from "../../../src/cluster/pin-times.ts";

test("pins of the same millisecond get different times, in order", () => {
  const times = new PinTimes();
  expect([times.next(5001), times.next(5001), times.next(5001), times.next(5400)]).toEqual([
    5001, 5002, 5003, 5400,
  ]);
});

test("no pin gets a whole second", () => {
  const times = new PinTimes();
  expect([times.next(4999), times.next(4999), times.next(7000)]).toEqual([4999, 5001, 7001]);
});

test("times do not run ahead of the clock by more than a second", () => {
  const times = new PinTimes();
  const all = Array.from({ length: 5000 }, () => times.next(5001));
  expect(all.at(-1)).toBe(6001);
  expect(all.every((time, index) => index === 0 || time >= (all[index - 1] ?? 0))).toBe(true);
});

test("a clock that was set back is followed", () => {
  const times = new PinTimes();
  times.next(1_000_001);
  expect(times.next(5001)).toBe(5001);
});
