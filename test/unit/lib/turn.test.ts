// Goal: long work gives way about as often as it was told to. Method: a clock that the test moves.

import { expect, test } from "bun:test";

import { createTurn } from "#lib";

test("a turn pauses once the budget is used up, and then not for another budget", async () => {
  let nowMs = 0;
  const turn = createTurn(10, () => nowMs);
  nowMs = 9;
  expect(turn.pause()).toBeUndefined();
  nowMs = 10;
  const pause = turn.pause();
  expect(pause).toBeInstanceOf(Promise);
  nowMs = 15;
  await pause;
  nowMs = 24;
  expect(turn.pause()).toBeUndefined();
  nowMs = 25;
  expect(turn.pause()).toBeInstanceOf(Promise);
});

test("others run during a pause", async () => {
  let hasRun = false;
  setImmediate(() => {
    hasRun = true;
  });
  await createTurn(0).pause();
  expect(hasRun).toBe(true);
});
