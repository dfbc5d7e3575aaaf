// Goal: reading a part of any file gives exactly that part and reads exactly the blocks that hold it.
// Method: random files are built with another implementation's importer (balanced and trickle layouts, leaves of
// all kinds, few links a node); a source that counts is compared with a plain walk over sizes.

import { describe, expect, setDefaultTimeout, test } from "bun:test";

import * as dagPb from "@ipld/dag-pb";
import * as fc from "fast-check";
import { UnixFS } from "ipfs-unixfs";

import { listDirectory, readFile, resolvePath } from "#dag";
import { type CID, codec, parseContentPath } from "#model";
import { buildFile, buildTree } from "#test/build-dag";
import { MemoryBlocks } from "#test/memory-blocks";

setDefaultTimeout(60_000); // many random cases

const shape = fc.record({
  sizeBytes: fc.integer({ min: 0, max: 3000 }),
  chunkBytes: fc.integer({ min: 16, max: 200 }),
  linksMax: fc.integer({ min: 2, max: 6 }),
  layout: fc.constantFrom("balanced" as const, "trickle" as const),
  leaves: fc.constantFrom("raw" as const, "file" as const, "raw-type" as const),
  bufferBytes: fc.constantFrom(64, 1024, 4 * 1024 * 1024),
});
const part = fc.record({
  offset: fc.option(fc.integer({ min: 0, max: 3200 }), { nil: undefined }),
  length: fc.option(fc.integer({ min: 0, max: 3200 }), { nil: undefined }),
});

describe("readFile", () => {
  test("any part of any file is the slice of its content, from the blocks that hold it", async () => {
    await fc.assert(
      fc.asyncProperty(shape, part, async ({ sizeBytes, bufferBytes, ...how }, range) => {
        const content = contentOf(sizeBytes);
        const blocks = new MemoryBlocks();
        const root = await buildFile(blocks, content, how);
        const pieces = await Array.fromAsync(readFile(blocks, root, { ...range, bufferBytes }));
        const start = range.offset ?? 0;
        const end = Math.min(sizeBytes, start + (range.length ?? sizeBytes));
        expect(Buffer.concat(pieces).equals(content.subarray(start, end))).toBe(true);
        const needed = neededBlocks(blocks, { root, start, end });
        expect(blocks.reads.toSorted()).toEqual(needed.toSorted());
      }),
      { numRuns: 300 },
    );
  });
});

describe("directories", () => {
  const names = fc.uniqueArray(
    fc
      .string({ unit: "binary", minLength: 1, maxLength: 20 })
      .filter((name) => name.isWellFormed() && !/^\.{1,2}$|[/\0]|^__proto__$/.test(name)),
    { minLength: 1, maxLength: 60 },
  );

  test("every entry of any directory is listed and found, and no other name is", async () => {
    await fc.assert(
      fc.asyncProperty(names, fc.constantFrom(undefined, 3, 4, 8), async (list, shardBits) => {
        const blocks = new MemoryBlocks();
        const tree = new Map(list.map((name, index) => [name, `content ${index}`]));
        const root = await buildTree(blocks, Object.fromEntries(tree), { shardBits });
        const entries = await Array.fromAsync(listDirectory(blocks, root));
        expect(entries.map((entry) => entry.name).toSorted()).toEqual(list.toSorted());
        for (const { name, cid } of entries) {
          const path = { ...parseContentPath(root.toString()), segments: [name] };
          expect((await resolvePath(blocks, path)).cid.toString()).toBe(cid.toString());
          const pieces = await Array.fromAsync(readFile(blocks, cid));
          expect(Buffer.concat(pieces).toString()).toBe(tree.get(name) ?? "");
        }
        const missing = { ...parseContentPath(root.toString()), segments: [`${list[0]}~`] };
        if (!tree.has(`${list[0]}~`)) {
          await expect(resolvePath(blocks, missing)).rejects.toThrow(/^no link named/);
        }
      }),
      { numRuns: 60 },
    );
  });
});

function contentOf(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

/** The blocks that overlap a range, as another decoder sees it; the root is always read. */
function neededBlocks(
  blocks: MemoryBlocks,
  at: { readonly root: CID; readonly start: number; readonly end: number },
): readonly string[] {
  const needed = [at.root.toString()];
  if (at.root.code === codec.raw) return needed;
  const node = dagPb.decode(blocks.blocks.get(at.root.toString()) ?? new Uint8Array());
  const unixFs = UnixFS.unmarshal(node.Data ?? new Uint8Array());
  let start = unixFs.data?.length ?? 0;
  for (const [index, size] of unixFs.blockSizes.entries()) {
    const end = start + Number(size);
    const cid = node.Links[index]?.Hash;
    if (cid !== undefined && start < at.end && end > at.start) {
      needed.push(
        ...neededBlocks(blocks, { root: cid, start: at.start - start, end: at.end - start }),
      );
    }
    start = end;
  }
  return needed;
}
