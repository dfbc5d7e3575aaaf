// Goal: what fails again and again is tried ever more seldom by the regular recovery. Method: the pauses as numbers.

import { expect, test } from "bun:test";

import { isRetryDue, retryPauseMs } from "../../../src/cluster/operations.ts";

const intervalMs = 720_000;
const pauseAfter = (attemptCount: number): number => retryPauseMs({ attemptCount }, intervalMs);

test("the first two failures are tried again at the next recovery", () => {
  expect([pauseAfter(0), pauseAfter(1), pauseAfter(2)]).toEqual([0, 0, 0]);
});

test("then every pause is about twice the one before, in turns of the recovery", () => {
  const turns = [3, 4, 5, 6].map((attempts) => Math.ceil(pauseAfter(attempts) / intervalMs));
  expect(turns).toEqual([2, 4, 8, 16]);
});

test("no pause is longer than a day", () => {
  expect(pauseAfter(60)).toBe(86_400_000);
  expect(retryPauseMs({ attemptCount: 5000 }, intervalMs)).toBe(86_400_000);
});

test("it is due when its pause is over, and when the clock was set back behind the failure", () => {
  const failed = { phase: "failed", timestamp: 1e9, attemptCount: 5 } as const;
  const isDue = (now: number): boolean => isRetryDue(failed, { now, intervalMs });
  const endsAt = failed.timestamp + pauseAfter(5);
  expect([failed.timestamp, endsAt - 1, endsAt].map(isDue)).toEqual([false, false, true]);
  expect(isDue(failed.timestamp - 86_400_000)).toBe(true);
});
