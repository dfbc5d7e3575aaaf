// Goal: a CAR is read alike however its bytes are cut, and what is exported is read back by everybody.
// Method: random DAGs from another importer, exported, read by the program in random pieces and by @ipld/car.

import { describe, expect, setDefaultTimeout, test } from "bun:test";

import { CarBlockIterator } from "@ipld/car/iterator";
import * as fc from "fast-check";

import { exportCar, readCar, walkDag } from "#dag";
import { buildTree } from "#test/build-dag";
import { MemoryBlocks } from "#test/memory-blocks";
import { inPieces } from "#test/pieces";

setDefaultTimeout(60_000); // many random cases

const contents = fc.array(fc.uint8Array({ maxLength: 700 }), { minLength: 1, maxLength: 12 });
const cuts = fc.oneof(
  fc.constant([1]),
  fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }),
);
const shardBits = fc.constantFrom(undefined, 3);

describe("a CAR", () => {
  test("is the same in any pieces, to the program and to @ipld/car", async () => {
    await fc.assert(
      fc.asyncProperty(contents, cuts, shardBits, async (files, lengths, bits) => {
        const blocks = new MemoryBlocks();
        const tree = Object.fromEntries(files.map((file, index) => [`file ${index}`, file]));
        const root = await buildTree(blocks, tree, {
          chunkBytes: 100,
          linksMax: 3,
          shardBits: bits,
        });
        const bytes = Buffer.concat(await Array.fromAsync(exportCar(blocks, root)));
        const walked = await Array.fromAsync(walkDag(blocks, root));
        const expected = walked.map(({ cid, bytes: content }) => [cid.toString(), hex(content)]);
        const own = await readCar(inPieces(bytes, lengths));
        expect(own.roots.map(String)).toEqual([root.toString()]);
        expect(await textOf(own.blocks)).toEqual(expected);
        expect(await textOf(await CarBlockIterator.fromBytes(bytes))).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

async function textOf(
  blocks: AsyncIterable<{ readonly cid: { toString(): string }; readonly bytes: Uint8Array }>,
): Promise<readonly (readonly string[])[]> {
  const list = await Array.fromAsync(blocks);
  return list.map(({ cid, bytes }) => [cid.toString(), hex(bytes)]);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
