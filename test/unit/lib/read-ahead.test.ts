// Goal: reading ahead changes when a source works, and nothing else. Method: sources that note what is asked of them.

import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { readAhead } from "#lib";

interface Watched extends AsyncIterable<number> {
  readonly given: number[];
  isClosed: boolean;
}

function watched(count: number, failAt = Infinity): Watched {
  const source: Watched = {
    given: [],
    isClosed: false,
    async *[Symbol.asyncIterator]() {
      try {
        for (let item = 0; item < count; item += 1) {
          if (item === failAt) throw new Error(`no item ${item}`);
          source.given.push(item);
          yield item;
        }
      } finally {
        source.isClosed = true;
      }
    },
  };
  return source;
}

const light = { weightMax: 4, weigh: () => 1 };

describe("reading ahead", () => {
  test("gives all items in order, whatever they weigh", async () => {
    const weights = fc.array(fc.nat(10));
    await fc.assert(
      fc.asyncProperty(weights, fc.integer({ min: 1, max: 20 }), async (items, weightMax) => {
        const source = (async function* () {
          yield* items;
        })();
        const given = await Array.fromAsync(
          readAhead(source, { weightMax, weigh: (item) => item }),
        );
        expect(given).toEqual(items);
      }),
    );
  });

  test("asks for a bounded number of items that nobody has taken", async () => {
    const source = watched(100);
    let taken = 0;
    for await (const item of readAhead(source, light)) {
      expect(item).toBe(taken);
      taken += 1;
      expect(source.given.length - taken).toBeLessThanOrEqual(5);
    }
    expect(taken).toBe(100);
  });

  test("works on while the consumer thinks", async () => {
    const source = watched(100);
    const items = readAhead(source, light);
    await items.next();
    await new Promise(setImmediate);
    expect(source.given.length).toBeGreaterThan(1);
    await items.return(undefined);
  });

  test("closes the source when the consumer leaves", async () => {
    const source = watched(100);
    for await (const item of readAhead(source, light)) if (item === 2) break;
    expect(source.isClosed).toBe(true);
    expect(source.given.length).toBeLessThan(20);
  });

  test("tells of a failure after the items before it", async () => {
    const items: number[] = [];
    const all = (async () => {
      for await (const item of readAhead(watched(100, 7), light)) items.push(item);
    })();
    await expect(all).rejects.toThrow("no item 7");
    expect(items).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
