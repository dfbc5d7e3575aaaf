// Goal: a record of the pinset that cannot be read hides no other one, and is told; where nothing may be missing, as in an
// export, it is an error. Method: a pinset in memory with three pins, of which one is overwritten with noise.

import { expect, test } from "bun:test";

import { type Consensus, openLocalConsensus } from "#cluster";
import { content } from "#test/cluster-ground";
import { MemoryKeyspace } from "#test/memory-keyspace";
import { pinOf } from "#test/test-pins";

const [first, damaged, last] = ["a", "b", "c"].map((text) => content(text).cid);

async function open(onDamaged?: (error: Error) => void): Promise<Consensus> {
  const pinset = new MemoryKeyspace();
  const whole = openLocalConsensus(pinset, "self");
  for (const cid of [first, damaged, last]) {
    if (cid !== undefined) await whole.logPin(pinOf(cid));
  }
  if (damaged !== undefined) await pinset.put(damaged.bytes, Uint8Array.of(255, 255, 255));
  return openLocalConsensus(pinset, "self", onDamaged);
}

async function textsOf(consensus: Consensus): Promise<readonly string[]> {
  const pages = await Array.fromAsync(consensus.pages());
  return pages.flat().map(({ cid }) => cid.toString());
}

test("what cannot be read is passed over and told", async () => {
  const problems: string[] = [];
  const consensus = await open((error) => void problems.push(error.message));
  const others = [first, last].map(String);
  expect((await textsOf(consensus)).toSorted()).toEqual(others.toSorted());
  expect(problems).toEqual([expect.stringContaining(String(damaged))]);
});

test("it counts as missing, and may be pinned again", async () => {
  const consensus = await open(() => undefined);
  if (damaged === undefined) throw new Error("there is none");
  expect(await consensus.get(damaged)).toBeUndefined();
  await consensus.logPin(pinOf(damaged));
  expect((await consensus.get(damaged))?.cid.equals(damaged)).toBe(true);
  expect((await textsOf(consensus)).length).toBe(3);
});

test("where nobody is told, it is an error", async () => {
  const consensus = await open();
  await expect(textsOf(consensus)).rejects.toThrow(String(damaged));
});
