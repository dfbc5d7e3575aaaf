// Goal: a DAG is walked depth first, each block once, and raw leaves are spared when only CIDs are wanted.
// Method: DAGs made by hand with shared parts, over a source that counts.

import { describe, expect, test } from "bun:test";

import { walkCids, walkDag } from "#dag";
import { parseCid } from "#model";
import { buildFile } from "#test/build-dag";
import { putCbor, putDirectory, putFile, putRaw } from "#test/handmade-dag";
import { loadKuboTree } from "#test/kubo-tree";
import { MemoryBlocks } from "#test/memory-blocks";

function sharedParts() {
  const blocks = new MemoryBlocks();
  const leaf = putRaw(blocks, "leaf");
  const inner = putFile(blocks, [{ cid: leaf, size: 4 }]);
  const deep = putCbor(blocks, { a: inner, b: leaf });
  const root = putDirectory(blocks, [
    { name: "deep", cid: deep },
    { name: "inner", cid: inner },
    { name: "leaf", cid: leaf },
    { name: "same", cid: deep },
  ]);
  return { blocks, root, deep, inner, leaf };
}

describe("walkDag", () => {
  test("goes parents first, in the order of links, each block once", async () => {
    const { blocks, root, deep, inner, leaf } = sharedParts();
    const walked = await Array.fromAsync(walkDag(blocks, root));
    expect(walked.map(({ cid }) => cid.toString())).toEqual([root, deep, inner, leaf].map(String));
    for (const { cid, bytes } of walked) expect(blocks.blocks.get(cid.toString())).toBe(bytes);
  });

  test("stops at a depth, though a block is met deeper first", async () => {
    const { blocks, root, deep, inner, leaf } = sharedParts();
    const at = async (depthMax: number) =>
      (await Array.fromAsync(walkDag(blocks, root, { depthMax }))).map(({ cid }) => cid.toString());
    expect(await at(0)).toEqual([root.toString()]);
    expect(await at(1)).toEqual([root, deep, inner, leaf].map(String));
    const chain = putDirectory(blocks, [
      { name: "a", cid: putDirectory(blocks, [{ name: "b", cid: inner }]) },
      { name: "inner", cid: inner },
    ]);
    const walked = await Array.fromAsync(walkDag(blocks, chain, { depthMax: 2 }));
    expect(walked.map(({ cid }) => cid.toString())).toContain(leaf.toString());
    expect(new Set(walked.map(({ cid }) => cid.toString())).size).toBe(walked.length);
  });

  test("asks for children in windows, and for a repeated one once", async () => {
    const blocks = new MemoryBlocks();
    const zeros = await buildFile(blocks, new Uint8Array(10_000), { chunkBytes: 100 });
    expect(await Array.fromAsync(walkDag(blocks, zeros))).toHaveLength(2);
    expect(blocks.reads).toHaveLength(2);
    const content = new Uint8Array(10_000).map((_, index) => (index / 100) & 0xff);
    const root = await buildFile(blocks, content, { chunkBytes: 100 });
    expect(await Array.fromAsync(walkDag(blocks, root))).toHaveLength(101);
    expect(Math.max(...blocks.batches)).toBe(16);
  });

  test("a missing block ends it, or is skipped", async () => {
    const { blocks, root, deep, inner, leaf } = sharedParts();
    blocks.blocks.delete(inner.toString());
    await expect(Array.fromAsync(walkDag(blocks, root))).rejects.toThrow(inner.toString());
    const walked = await Array.fromAsync(walkDag(blocks, root, { skipMissing: true }));
    expect(walked.map(({ cid }) => cid.toString())).toEqual([root, deep, leaf].map(String));
  });

  test("an aborted signal ends it", async () => {
    const { blocks, root } = sharedParts();
    const stop = new AbortController();
    const walked = walkDag(blocks, root, { signal: stop.signal });
    await walked.next();
    stop.abort(new Error("enough"));
    await expect(walked.next()).rejects.toThrow("enough");
  });
});

describe("walkCids", () => {
  test("gives the same CIDs in the same order without reading raw leaves", async () => {
    const blocks = new MemoryBlocks();
    const content = new Uint8Array(10_000).map((_, index) => (index / 100) & 0xff);
    const root = await buildFile(blocks, content, { chunkBytes: 100 });
    const whole = (await Array.fromAsync(walkDag(blocks, root))).map(({ cid }) => cid.toString());
    blocks.reads.length = 0;
    const cids = await Array.fromAsync(walkCids(blocks, root, { readRawLeaves: false }));
    expect(cids.map(String)).toEqual(whole);
    expect(blocks.reads).toHaveLength(1);
  });

  test("tells many blocks apart", async () => {
    const blocks = new MemoryBlocks();
    const names = Array.from({ length: 20_000 }, (_, index) => ({
      name: `${index}`,
      cid: putRaw(blocks, `${index}`),
    }));
    const root = putDirectory(blocks, [...names, ...names]);
    const cids = await Array.fromAsync(walkCids(blocks, root, { readRawLeaves: false }));
    expect(new Set(cids.map(String))).toEqual(new Set(blocks.blocks.keys()));
    expect(cids).toHaveLength(20_001);
  });

  test("asks for the presence of leaves that it does not read", async () => {
    const { blocks, root, leaf, deep, inner } = sharedParts();
    blocks.blocks.delete(leaf.toString());
    const options = { readRawLeaves: false, checkPresence: true };
    const cids = Array.fromAsync(walkCids(blocks, root, options));
    await expect(cids).rejects.toMatchObject({ code: "BLOCK_NOT_FOUND", cid: leaf.toString() });
    const skipped = walkCids(blocks, root, { ...options, skipMissing: true });
    const found = await Array.fromAsync(skipped);
    expect(found.map(String)).toEqual([root, deep, inner].map(String));
  });

  test("knows identity CIDs and every block of a tree that Kubo made", async () => {
    const { blocks, root } = await loadKuboTree();
    const cids = await Array.fromAsync(walkCids(blocks, root));
    expect(new Set(cids.map(String))).toEqual(new Set(blocks.blocks.keys()));
    const inline = parseCid("bafyaacika4eaeeqbpamac");
    const options = { readRawLeaves: false, checkPresence: true };
    expect(await Array.fromAsync(walkCids(new MemoryBlocks(), inline, options))).toEqual([inline]);
  });
});
