// Goal: the CID of content depends on nothing but the content and the options, is the one that another program finds, and
// leads back to the content. Method: random content and trees, in random pieces and orders, against ipfs-unixfs-importer
// with the settings that make it agree with Kubo (where it does not even so, it is not asked), and through the reader.

import { describe, expect, setDefaultTimeout, test } from "bun:test";

import * as fc from "fast-check";

import {
  importEntries,
  type ImportEntry,
  importProfiles,
  type ImportWishes,
  readFile,
  resolveImportOptions,
} from "#dag";
import type { BlockSink, CID } from "#model";
import { buildFile, buildTree, type Tree } from "#test/build-dag";
import { seededBytes } from "#test/kubo-vectors";
import { MemoryBlocks } from "#test/memory-blocks";

setDefaultTimeout(60_000); // many random cases

const nullSink = { put: () => undefined };

/** Sizes of pieces, over and over again. */
const pieceSizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 8 });
const chunkers = fc.constantFrom(
  { chunker: "size-262144", sizeMax: 1_000_000 },
  { chunker: "size-1000", sizeMax: 10_000 },
  { chunker: "rabin", sizeMax: 1_000_000 },
  { chunker: "rabin-16-64-256", sizeMax: 20_000 },
  { chunker: "buzhash", sizeMax: 2_000_000 },
);

describe("a file", () => {
  test("has one CID, in whatever pieces it comes", async () => {
    await fc.assert(
      fc.asyncProperty(
        chunkers.chain(({ chunker, sizeMax }) =>
          fc.record({ chunker: fc.constant(chunker), size: fc.integer({ min: 0, max: sizeMax }) }),
        ),
        pieceSizes,
        fc.boolean(),
        async ({ chunker, size }, sizes, trickle) => {
          const bytes = seededBytes("pieces", size);
          const wishes = { chunker, trickle };
          const whole = await fileCid(inPieces(bytes, [Math.max(1, size)]), wishes);
          const pieced = await fileCid(inPieces(bytes, sizes), wishes);
          expect(pieced.toString()).toBe(whole.toString());
        },
      ),
      { numRuns: 60 },
    );
  });

  const shape = fc.record({
    size: fc.integer({ min: 0, max: 3000 }),
    chunkBytes: fc.integer({ min: 16, max: 200 }),
    linksMax: fc.integer({ min: 2, max: 6 }),
    layout: fc.constantFrom("balanced" as const, "trickle" as const),
    isRaw: fc.boolean(),
  });

  test("has the CID that ipfs-unixfs-importer finds", async () => {
    await fc.assert(
      fc.asyncProperty(shape, async ({ size, chunkBytes, linksMax, layout, isRaw }) => {
        // that one turns a trickle file of one leaf into the leaf
        fc.pre(layout === "balanced" || size > chunkBytes);
        const bytes = seededBytes("oracle", size);
        const notRaw = layout === "trickle" ? "raw-type" : "file";
        const how = { chunkBytes, linksMax, layout, leaves: isRaw ? "raw" : notRaw } as const;
        const cid = await fileCid(inPieces(bytes, [77]), {
          cidVersion: 1,
          chunker: `size-${chunkBytes}`,
          maxFileLinks: linksMax,
          trickle: layout === "trickle",
          rawLeaves: isRaw,
        });
        expect(cid.toString()).toBe((await buildFile(nullSink, bytes, how)).toString());
      }),
      { numRuns: 200 },
    );
  });

  test("reads back as it was", async () => {
    await fc.assert(
      fc.asyncProperty(shape, async ({ size, chunkBytes, linksMax, layout, isRaw }) => {
        const bytes = seededBytes("back", size);
        const blocks = new MemoryBlocks();
        const wishes = { chunker: `size-${chunkBytes}`, maxFileLinks: linksMax, rawLeaves: isRaw };
        const trickle = layout === "trickle";
        const cid = await fileCid(inPieces(bytes, [99]), { ...wishes, trickle }, blocks);
        const read = await Array.fromAsync(readFile(blocks, cid));
        expect(Buffer.concat(read).equals(bytes)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a tree", () => {
  const names = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
  const safe = names.filter((name) => !/[/\\\0]|^\.{1,2}$|^\d|^__proto__$/u.test(name));
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc
      .dictionary(safe, fc.oneof({ depthSize: "small" }, fc.string({ maxLength: 20 }), tie("tree")))
      // that importer does not count directories before it decides on shards, so each has a file
      .map((one) => Object.assign({}, one, { "a file": "here" })),
  }));

  test("has the CID that ipfs-unixfs-importer finds, flat and as HAMT", async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.constantFrom(undefined, 3, 4, 8),
        fc.infiniteStream(fc.nat()),
        async (root, shardBits, order) => {
          const entries = shuffled([...entriesOf(root, "root")], order);
          const profile = {
            ...importProfiles.default,
            cidVersion: 1,
            ...(shardBits !== undefined && { hamtThresholdBytes: 1, hamtFanout: 2 ** shardBits }),
          };
          const cid = await rootOf(entries, resolveImportOptions({}, profile));
          expect(cid.toString()).toBe((await buildTree(nullSink, root, { shardBits })).toString());
        },
      ),
      { numRuns: 150 },
    );
  });
});

async function fileCid(
  content: AsyncIterable<Uint8Array>,
  wishes: ImportWishes,
  sink: BlockSink = nullSink,
): Promise<CID> {
  return rootOf([{ path: "f", type: "file", content }], resolveImportOptions(wishes), sink);
}

async function rootOf(
  entries: readonly ImportEntry[],
  options: Parameters<typeof importEntries>[2],
  sink: BlockSink = nullSink,
): Promise<CID> {
  let root: CID | undefined;
  for await (const event of importEntries(eachOf(entries), sink, options)) {
    if (event.type === "node") root = event.cid;
  }
  if (root === undefined) throw new Error("nothing was imported");
  return root;
}

async function* eachOf(entries: readonly ImportEntry[]): AsyncGenerator<ImportEntry> {
  yield* entries;
}

function* entriesOf(tree: Tree, path: string): Generator<ImportEntry> {
  for (const [name, child] of Object.entries(tree)) {
    const below = `${path}/${name}`;
    if (typeof child === "string" || child instanceof Uint8Array) {
      yield { path: below, type: "file", content: inPieces(Buffer.from(child), [3]) };
    } else yield* entriesOf(child, below);
  }
}

function shuffled<T>(items: readonly T[], order: Iterable<number>): readonly T[] {
  const keys = order[Symbol.iterator]();
  const keyed = items.map((item) => ({ item, key: Number(keys.next().value) }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ item }) => item);
}

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}
