// Goal: what fails again and again is tried ever more seldom by the regular recovery. Method: the pauses as numbers.

import { expect, test } from "bun:test";

import { retryPauseMs } from "../../../src/cluster/operations.ts";

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
