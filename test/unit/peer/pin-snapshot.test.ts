// Goal: the list of a node's pins is used again for as long as it took, and not for days when the clock jumped meanwhile.
// Method: the snapshots alone, over a list that moves the clock.

import { expect, test } from "bun:test";

import { cidOf } from "#dag";
import { codec } from "#model";
import { ManualClock } from "#test/manual-clock";

import { PinSnapshots } from "../../../src/peer/kubo-connector/pin-snapshot.ts";

test.each([
  ["that took a minute", 60_000, 60_000],
  ["in whose middle the clock was set on by a day", 86_400_000, 600_000],
])("a list %s", async (_, listMs, reusedMs) => {
  const clock = new ManualClock();
  const cid = cidOf(codec.raw, Buffer.from("x"));
  let lists = 0;
  const list = async function* () {
    lists += 1;
    clock.advance(listMs);
    yield { cid, mode: "recursive" as const };
  };
  using snapshots = new PinSnapshots({ clock, list });
  const ask = async (): Promise<number> => {
    expect(await snapshots.modesOf([cid])).toEqual(["recursive"]);
    return lists;
  };
  await ask();
  clock.advance(reusedMs - 1);
  expect(await ask()).toBe(1);
  clock.advance(1);
  await Promise.resolve(); // who sleeps goes on
  expect(await ask()).toBe(2);
});
