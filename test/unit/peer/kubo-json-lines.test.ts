// Goal: streams of JSON values are read however they are cut, and a line without an end is not gathered. Method: the reader
// over pieces made by hand.

import { expect, test } from "bun:test";

import { array, assert, asyncProperty, integer, jsonValue } from "fast-check";

import { readJsonLines } from "../../../src/peer/kubo-connector/json-lines.ts";

function read(...pieces: readonly Uint8Array[]): Promise<unknown[]> {
  return Array.fromAsync(readJsonLines(piecesOf(pieces)));
}

async function* piecesOf(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

test("values come whole and in order, whatever the pieces", async () => {
  const values = array(jsonValue({ stringUnit: "binary" }), { maxLength: 5 });
  const cuts = array(integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
  await assert(
    asyncProperty(values, cuts, async (all, sizes) => {
      const lines = all.map((value) => JSON.stringify(value));
      const bytes = Buffer.from(lines.join("\n"));
      const pieces: Uint8Array[] = [];
      for (let at = 0, index = 0; at < bytes.length; index += 1) {
        const end = at + (sizes[index % sizes.length] ?? 1);
        pieces.push(bytes.subarray(at, end));
        at = end;
      }
      expect(await read(...pieces)).toEqual(lines.map((line): unknown => JSON.parse(line)));
    }),
  );
});

test("empty lines are passed over", async () => {
  expect(await read(Buffer.from("\n{}\n\n \n1\n"))).toEqual([{}, 1]);
});

test("a line that does not end is an error long before memory is", async () => {
  let taken = 0;
  const endless = function* (): Generator<Uint8Array> {
    for (const piece = Buffer.alloc(65_536, "["); ; taken += piece.length) yield piece;
  };
  const reading = Array.fromAsync(readJsonLines(piecesOf(endless())));
  await expect(reading).rejects.toThrow("a line without an end");
  expect(taken).toBeLessThan(8 * 1024 * 1024);
});
