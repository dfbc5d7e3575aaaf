// Goal: directories are listed in the order of their DAG, large ones shard by shard, damaged ones with an error.
// Method: a tree that Kubo made, directories built by another importer over a source that counts.

import { describe, expect, test } from "bun:test";

import { UnixFS } from "ipfs-unixfs";

import { linksOf, listDirectory, namedLinksOf, resolvePath } from "#dag";
import { codec, parseContentPath } from "#model";
import { buildTree } from "#test/build-dag";
import { put, putCbor, putDirectory, putNode, putRaw } from "#test/handmade-dag";
import { loadKuboTree } from "#test/kubo-tree";
import { MemoryBlocks } from "#test/memory-blocks";

const shard = (fanout: bigint, hashType = 0x22n): Uint8Array =>
  new UnixFS({ type: "hamt-sharded-directory", fanout, hashType }).marshal();

describe("listDirectory", () => {
  test("gives the names in Kubo's order, flat and sharded", async () => {
    const { blocks, root, entries } = await loadKuboTree();
    for (const directory of ["", "many", "sub"]) {
      const prefix = directory === "" ? "" : `${directory}/`;
      const names = entries
        .filter(({ path }) => path !== "" && path.startsWith(prefix))
        .map(({ path }) => path.slice(prefix.length))
        .filter((name) => name !== "" && !name.includes("/"));
      const at = parseContentPath(`/ipfs/${root.toString()}/${directory}`);
      const { cid } = await resolvePath(blocks, at);
      const listed = await Array.fromAsync(listDirectory(blocks, cid));
      expect(listed.map((entry) => entry.name)).toEqual(names);
      expect(listed.every((entry) => entry.tsize > 0)).toBe(true);
    }
  });

  test("reads shards as they are needed, some together", async () => {
    const blocks = new MemoryBlocks();
    const names = Array.from({ length: 3000 }, (_, index) => [`name ${index}`, "same"]);
    const root = await buildTree(blocks, Object.fromEntries(names), { shardBits: 8 });
    const entries = listDirectory(blocks, root);
    await entries.next();
    expect(blocks.reads.length).toBeLessThanOrEqual(17);
    const rest = await Array.fromAsync(entries);
    expect(rest).toHaveLength(2999);
    expect(Math.max(...blocks.batches)).toBe(16);
    expect(new Set(blocks.reads).size).toBe(blocks.reads.length);
  });

  test("a file is no directory", async () => {
    const blocks = new MemoryBlocks();
    const listed = Array.fromAsync(listDirectory(blocks, putRaw(blocks, "text")));
    await expect(listed).rejects.toMatchObject({ code: "NOT_DIRECTORY" });
  });

  test("a shard that does not fit ends with an error", async () => {
    const blocks = new MemoryBlocks();
    const file = putRaw(blocks, "text");
    const bad = [
      putNode(blocks, shard(7n), []),
      putNode(blocks, shard(8n, 0x12n), []),
      putNode(blocks, shard(256n), [{ name: "A", cid: file }]),
      putNode(blocks, shard(256n), [{ name: "0A", cid: file }]),
      putNode(blocks, shard(256n), [{ name: "0A", cid: putNode(blocks, shard(8n), []) }]),
    ];
    for (const cid of bad) {
      const listed = Array.fromAsync(listDirectory(blocks, cid));
      await expect(listed).rejects.toMatchObject({ code: "DAMAGED_DAG" });
    }
  });
});

describe("linksOf", () => {
  const blocks = new MemoryBlocks();
  const [a, b] = [putRaw(blocks, "a"), putRaw(blocks, "b")];
  const bytesOf = (cid: typeof a): Uint8Array =>
    blocks.blocks.get(cid.toString()) ?? new Uint8Array();

  test("gives the links of dag-pb and dag-cbor with their names, also twice the same", () => {
    const directory = putDirectory(blocks, [
      { name: "a", cid: a },
      { name: "b", cid: b },
      { name: "c", cid: a },
    ]);
    expect(linksOf(directory, bytesOf(directory)).map(String)).toEqual([a, b, a].map(String));
    const value = putCbor(blocks, { x: { 10: a, b: [b] }, y: 1 });
    const named = namedLinksOf(value, bytesOf(value));
    expect(named.map((link) => `${link.name} ${link.cid.toString()}`)).toEqual([
      `x/b/0 ${b.toString()}`,
      `x/10 ${a.toString()}`,
    ]);
  });

  test("raw, json, cbor and libp2p-key have none, whatever the bytes", () => {
    for (const code of [codec.raw, codec.json, codec.cbor, codec.libp2pKey]) {
      const cid = put(blocks, code, Uint8Array.of(0xff));
      expect(linksOf(cid, bytesOf(cid))).toEqual([]);
    }
  });

  test.each([codec.dagPb, codec.dagCbor, codec.dagJson, 0x78])(
    "bytes that codec %d cannot read are an error that names the block",
    (code) => {
      const cid = put(blocks, code, Uint8Array.of(0xff, code & 0xff));
      expect(() => linksOf(cid, bytesOf(cid))).toThrow(cid.toString());
    },
  );
});
