// Goal: hosts that come and go leave nothing behind. Method: a small run of what `bun run soak` does for half an hour: hosts
// around one that stays, with streams and pubsub; handles, connections and streams stay where they are. Memory swings by
// a factor of two within a minute (timers of libp2p hold on for up to two), so only a coarse bound is put on it here.

import { expect, setDefaultTimeout, test } from "bun:test";

import { churn, growth } from "#test/churn";

setDefaultTimeout(60_000);

test("handles, connections and streams are the same after many hosts have come and gone", async () => {
  const samples = await churn({ hosts: 3, minutes: 0.08, connections: 9 });
  const last = samples.at(-1);
  expect(last?.gone).toBeGreaterThan(samples.length);
  for (const figure of ["handles", "connections", "streams"] as const)
    expect(Math.abs(growth(samples, (sample) => sample[figure])), figure).toBeLessThan(0.1);
  expect(growth(samples, ({ residentBytes }) => residentBytes)).toBeLessThan(0.5);
});
