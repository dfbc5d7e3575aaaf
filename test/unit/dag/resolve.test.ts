// Goal: a path leads where Kubo says, through every kind of block, and reads no block beyond those on the way.
// Method: a tree that Kubo made, and small DAGs made by hand with other libraries' encoders.

import { describe, expect, test } from "bun:test";

import { resolvePath, withWellKnownBlocks } from "#dag";
import { type CID, codec, decodeCid, parseCid, parseContentPath } from "#model";
import { buildTree } from "#test/build-dag";
import { put, putCbor, putDirectory, putNode, putRaw, putSymlink } from "#test/handmade-dag";
import { loadKuboTree } from "#test/kubo-tree";
import { MemoryBlocks } from "#test/memory-blocks";

const resolve = (blocks: MemoryBlocks, root: CID, path = "") =>
  resolvePath(withWellKnownBlocks(blocks), parseContentPath(`/ipfs/${root.toString()}/${path}`));

describe("UnixFS", () => {
  test("names lead where Kubo says, in flat and sharded directories", async () => {
    const { blocks, root, resolved } = await loadKuboTree();
    for (const [path, cid] of Object.entries(resolved)) {
      const found = await resolve(blocks, root, path);
      expect(found.cid.toString()).toBe(cid);
      expect(found.remainder).toEqual([]);
      expect(found.roots.map(String)).toHaveLength(path.split("/").length + 1);
      expect(found.roots.at(0)?.toString()).toBe(root.toString());
      expect(found.roots.at(-1)?.toString()).toBe(cid);
    }
  });

  test("a sharded directory costs one block a level", async () => {
    const blocks = new MemoryBlocks();
    const names = Array.from({ length: 2000 }, (_, index) => [`${index}`, "same"]);
    const root = await buildTree(blocks, Object.fromEntries(names), { shardBits: 8 });
    await resolve(blocks, root, "1234");
    expect(blocks.reads.length).toBeLessThanOrEqual(4);
  });

  test("a root alone is not read", async () => {
    const blocks = new MemoryBlocks();
    const root = putRaw(new MemoryBlocks(), "elsewhere");
    expect(await resolve(blocks, root)).toEqual({ cid: root, remainder: [], roots: [root] });
    expect(blocks.reads).toEqual([]);
  });

  test("a missing name is an error that names it and its parent as Kubo prints it", async () => {
    const { blocks, root } = await loadKuboTree();
    const parent = (await resolve(blocks, root, "many")).cid.toString();
    await expect(resolve(blocks, root, "nope")).rejects.toThrow(
      `no link named "nope" under ${root.toString()}`,
    );
    await expect(resolve(blocks, root, "many/nope/x")).rejects.toThrow(
      `no link named "nope" under ${parent}`,
    );
  });

  test("a path ends at files, symlinks and raw leaves", async () => {
    const blocks = new MemoryBlocks();
    const [raw, symlink] = [putRaw(blocks, "text"), putSymlink(blocks, "raw")];
    const root = putDirectory(blocks, [
      { name: "raw", cid: raw },
      { name: "symlink", cid: symlink },
    ]);
    for (const [name, cid] of Object.entries({ raw, symlink })) {
      expect((await resolve(blocks, root, name)).cid).toEqual(cid);
      await expect(resolve(blocks, root, `${name}/x`)).rejects.toMatchObject({
        code: "LINK_NOT_FOUND",
        message: `no link named "x" under ${cid.toString()}`,
      });
    }
  });

  test("a dag-pb node that is no UnixFS is followed by link names", async () => {
    const blocks = new MemoryBlocks();
    const leaf = putRaw(blocks, "leaf");
    for (const data of [undefined, new TextEncoder().encode("no UnixFS")]) {
      const root = putNode(blocks, data, [{ name: "a b", cid: leaf }]);
      expect((await resolve(blocks, root, "a b")).cid).toEqual(leaf);
    }
  });

  test("an identity CID is its own block", async () => {
    const blocks = new MemoryBlocks();
    const leaf = putRaw(blocks, "leaf");
    const outer = putDirectory(new MemoryBlocks(), [{ name: "leaf", cid: leaf }]);
    const store = new MemoryBlocks();
    putDirectory(store, [{ name: "leaf", cid: leaf }]);
    const bytes = store.blocks.get(outer.toString()) ?? new Uint8Array();
    const head = Uint8Array.of(1, codec.dagPb, 0, bytes.length);
    const root = decodeCid(Uint8Array.from([...head, ...bytes]));
    expect((await resolve(blocks, root, "leaf")).cid).toEqual(leaf);
    expect(blocks.reads).toEqual([]);
  });

  test("a damaged block is an error that names it", async () => {
    const blocks = new MemoryBlocks();
    const root = put(blocks, codec.dagPb, Uint8Array.of(0xff, 0xff, 0xff));
    await expect(resolve(blocks, root, "a")).rejects.toMatchObject({ code: "UNDECODABLE_BLOCK" });
    await expect(resolve(blocks, root, "a")).rejects.toThrow(root.toString());
  });
});

describe("values", () => {
  const blocks = new MemoryBlocks();
  const leaf = putDirectory(blocks, [{ name: "file", cid: putRaw(blocks, "text") }]);
  const inner = putCbor(blocks, { target: leaf });
  const root = putCbor(blocks, { a: { b: 1, list: [0, inner] }, bytes: Uint8Array.of(1) });

  test("map keys and list indexes lead across blocks", async () => {
    const found = await resolve(blocks, root, "a/list/1/target/file");
    expect(found.remainder).toEqual([]);
    const roots = [root, root, root, inner, leaf, found.cid];
    expect(found.roots.map(String)).toEqual(roots.map(String));
  });

  test("a path that ends inside of a block has a remainder", async () => {
    expect(await resolve(blocks, root, "a/b")).toEqual({
      cid: root,
      remainder: ["a", "b"],
      roots: [root, root, root],
    });
    expect((await resolve(blocks, root, "a/list")).remainder).toEqual(["a", "list"]);
  });

  test.each(["a/zz", "a/b/c", "a/list/2", "a/list/01", "a/list/length", "toString", "bytes/0"])(
    "%s is missing",
    async (path) => {
      await expect(resolve(blocks, root, path)).rejects.toMatchObject({ code: "LINK_NOT_FOUND" });
    },
  );

  test("dag-json, json and cbor are followed too", async () => {
    const linked = `{"a":[{"/":"${leaf.toString()}"}]}`;
    const json = put(blocks, codec.dagJson, new TextEncoder().encode(linked));
    expect((await resolve(blocks, json, "a/0")).cid.toString()).toBe(leaf.toString());
    const plain = put(blocks, codec.json, new TextEncoder().encode('{"a":[1]}'));
    expect((await resolve(blocks, plain, "a/0")).remainder).toEqual(["a", "0"]);
    const cbor = put(blocks, codec.cbor, Uint8Array.of(0xa1, 0x61, 0x61, 0x01));
    expect((await resolve(blocks, cbor, "a")).remainder).toEqual(["a"]);
  });

  test("a codec that is not known is an error that names it", async () => {
    const git = put(blocks, 0x78, Uint8Array.of(1));
    await expect(resolve(blocks, git, "a")).rejects.toThrow(/codec 0x78: codec is not supported/);
  });
});

describe("withWellKnownBlocks", () => {
  const empty = ["bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354"];
  const cids = [...empty, "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"].map(parseCid);

  test("answers the empty directory in any version, in the order asked", async () => {
    const blocks = new MemoryBlocks();
    const source = withWellKnownBlocks(blocks);
    const raw = putRaw(blocks, "text");
    const [first, second, third] = await source.getBatch([...cids, raw]);
    expect(first).toEqual(Uint8Array.of(10, 2, 8, 1));
    expect(second).toEqual(first);
    expect(Buffer.from(third ?? []).toString()).toBe("text");
    expect(blocks.batches).toEqual([1]);
    expect(await source.has(raw)).toBe(true);
    for (const cid of cids) expect(await source.has(cid)).toBe(true);
  });
});
