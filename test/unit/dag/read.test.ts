// Goal: files come whole or in part, byte for byte, without blocks that are not needed, and never wrong bytes from a
// hostile DAG.
// Method: a tree that Kubo made, files built by another importer over a source that counts, and DAGs made by hand.

import { describe, expect, test } from "bun:test";

import { UnixFS } from "ipfs-unixfs";

import { readFile, resolvePath, statUnixFs } from "#dag";
import { type BlockSource, codec, parseContentPath } from "#model";
import { buildFile } from "#test/build-dag";
import {
  put,
  putCbor,
  putDirectory,
  putFile,
  putNode,
  putRaw,
  putSymlink,
} from "#test/handmade-dag";
import { loadKuboTree } from "#test/kubo-tree";
import { MemoryBlocks } from "#test/memory-blocks";

const read = async (
  source: BlockSource,
  cid: Parameters<typeof readFile>[1],
  options: Parameters<typeof readFile>[2] = {},
): Promise<string> =>
  Buffer.concat(await Array.fromAsync(readFile(source, cid, options))).toString();

describe("readFile", () => {
  test("gives what Kubo gives", async () => {
    const { blocks, root, entries } = await loadKuboTree();
    for (const { path, sha256, size } of entries) {
      if (sha256 === undefined) continue;
      const at = parseContentPath(`/ipfs/${root.toString()}/${path}`);
      const { cid } = await resolvePath(blocks, at);
      const content = await read(blocks, cid);
      expect(new Bun.CryptoHasher("sha256").update(content).digest("hex")).toBe(sha256);
      expect(await statUnixFs(blocks, cid)).toMatchObject({ type: "file", sizeBytes: size });
    }
  });

  test("a range that ends on a chunk's boundary does not touch the next chunk", async () => {
    const blocks = new MemoryBlocks();
    const content = new Uint8Array(1000).map((_, index) => index);
    const root = await buildFile(blocks, content, { chunkBytes: 100 });
    await read(blocks, root, { offset: 100, length: 200 });
    expect(blocks.reads).toHaveLength(3);
  });

  test("an offset past the end gives nothing and reads the root alone", async () => {
    const blocks = new MemoryBlocks();
    const root = await buildFile(blocks, new Uint8Array(1000).fill(7), { chunkBytes: 100 });
    expect(await read(blocks, root, { offset: 1000 })).toBe("");
    expect(await read(blocks, root, { offset: 5000, length: 3 })).toBe("");
    expect(await read(blocks, root, { length: 0 })).toBe("");
    expect(blocks.reads).toHaveLength(3);
  });

  test("content inside a node comes before its children", async () => {
    const blocks = new MemoryBlocks();
    const leaf = { cid: putRaw(blocks, "leaf"), size: 4 };
    const inner = { cid: putFile(blocks, [leaf, leaf], Buffer.from("inner")), size: 13 };
    const root = putFile(blocks, [inner, leaf], Buffer.from("root"));
    expect(await read(blocks, root)).toBe("rootinnerleafleafleaf");
    expect(await read(blocks, root, { offset: 3, length: 3 })).toBe("tin");
  });

  test("pieces share memory with the blocks", async () => {
    const blocks = new MemoryBlocks();
    const root = putRaw(blocks, "content");
    for await (const piece of readFile(blocks, root)) {
      expect(piece.buffer === blocks.blocks.get(root.toString())?.buffer).toBe(true);
    }
  });

  test("a symlink's content is its target", async () => {
    const blocks = new MemoryBlocks();
    const root = putSymlink(blocks, "../target");
    expect(await read(blocks, root)).toBe("../target");
    expect(await read(blocks, root, { offset: 3 })).toBe("target");
  });

  test("windows are asked for together, and the next one only after a first piece", async () => {
    const blocks = new MemoryBlocks();
    const content = Buffer.alloc(6000, "0123456789abcdefghijklmnopqrst");
    const root = await buildFile(blocks, content, { chunkBytes: 100 });
    const pieces = readFile(blocks, root, { bufferBytes: 1000 });
    await pieces.next();
    expect(blocks.batches).toEqual([5]);
    await pieces.next();
    expect(blocks.batches).toEqual([5, 5]);
    await pieces.return(undefined);
  });

  test("whoever leaves aborts what is read ahead", async () => {
    const blocks = new MemoryBlocks();
    const root = await buildFile(blocks, Buffer.alloc(6000, "abcdefg"), { chunkBytes: 100 });
    const signals: AbortSignal[] = [];
    const source: BlockSource = {
      get: (cid) => blocks.get(cid),
      has: (cid) => blocks.has(cid),
      getBatch: (cids, options) => {
        if (options?.signal) signals.push(options.signal);
        return blocks.getBatch(cids);
      },
    };
    const pieces = readFile(source, root, { bufferBytes: 1000 });
    await pieces.next();
    await pieces.next();
    await pieces.return(undefined);
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });

  test("an aborted signal ends it", async () => {
    const blocks = new MemoryBlocks();
    const root = await buildFile(blocks, Buffer.alloc(6000, "abcdefg"), { chunkBytes: 100 });
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(read(blocks, root, { signal })).rejects.toThrow("enough");
  });

  test("directories and other codecs are no files", async () => {
    const blocks = new MemoryBlocks();
    const directory = putDirectory(blocks, []);
    await expect(read(blocks, directory)).rejects.toThrow("this dag node is a directory");
    const notUnixFs = { code: "NOT_UNIXFS" };
    await expect(read(blocks, putCbor(blocks, {}))).rejects.toMatchObject(notUnixFs);
    await expect(read(blocks, putNode(blocks, undefined, []))).rejects.toMatchObject(notUnixFs);
  });
});

describe("a hostile file", () => {
  const blocks = new MemoryBlocks();
  const leaf = putRaw(blocks, "four");
  const damaged = { code: "DAMAGED_DAG" };

  test.each([3, 5])("with a leaf of 4 bytes announced as %d gives none of it", async (size) => {
    const root = putFile(blocks, [
      { cid: leaf, size: 4 },
      { cid: leaf, size },
    ]);
    const pieces: string[] = [];
    const all = async (): Promise<void> => {
      for await (const piece of readFile(blocks, root, { bufferBytes: 8 })) {
        pieces.push(Buffer.from(piece).toString());
      }
    };
    await expect(all()).rejects.toMatchObject(damaged);
    expect(pieces).toEqual(["four"]);
  });

  test("with a subtree of another size ends with an error", async () => {
    const inner = putFile(blocks, [{ cid: leaf, size: 4 }]);
    const root = putFile(blocks, [{ cid: inner, size: 3 }]);
    await expect(read(blocks, root)).rejects.toMatchObject(damaged);
  });

  test("with more links than sizes, or another total, ends with an error", async () => {
    const unixFs = new UnixFS({ type: "file", blockSizes: [4n] });
    const fewer = putNode(blocks, unixFs.marshal(), [{ cid: leaf }, { cid: leaf }]);
    await expect(read(blocks, fewer)).rejects.toMatchObject(damaged);
    const lying = put(blocks, codec.dagPb, Uint8Array.of(0x0a, 4, 0x08, 2, 0x18, 9));
    await expect(read(blocks, lying)).rejects.toMatchObject(damaged);
    await expect(statUnixFs(blocks, lying)).rejects.toMatchObject(damaged);
  });

  test("with a directory or a value as a part ends with an error", async () => {
    for (const cid of [putDirectory(blocks, []), putSymlink(blocks, "four"), putCbor(blocks, 1)]) {
      const root = putFile(blocks, [{ cid, size: 4 }]);
      await expect(read(blocks, root)).rejects.toMatchObject(damaged);
    }
  });

  test("that is nested without end is given up", async () => {
    let root = leaf;
    for (let depth = 0; depth < 200; depth += 1) root = putFile(blocks, [{ cid: root, size: 4 }]);
    await expect(read(blocks, root)).rejects.toMatchObject(damaged);
  });
});

describe("statUnixFs", () => {
  test("tells mode and time as Kubo stored them", async () => {
    const { blocks, root, entries, mtime } = await loadKuboTree();
    for (const { path, mode, type, target } of entries) {
      const at = parseContentPath(`/ipfs/${root.toString()}/${path}`);
      const stat = await statUnixFs(blocks, (await resolvePath(blocks, at)).cid);
      const { seconds = 0, nanoseconds = 0 } = stat.mtime ?? {};
      expect(new Date(seconds * 1000 + nanoseconds / 1e6).toISOString()).toBe(mtime);
      expect(stat.type).toBe(type);
      // symlinks have none stored
      if (type !== "symlink") expect(stat.mode?.toString(8)).toBe(mode);
      if (stat.type === "symlink") expect(stat.target).toBe(target ?? "");
      if (stat.type === "directory") expect(stat.isSharded).toBe(path === "many");
    }
  });

  test("knows a file's size without its children", async () => {
    const blocks = new MemoryBlocks();
    const root = await buildFile(blocks, new Uint8Array(1000), { chunkBytes: 100 });
    expect(await statUnixFs(blocks, root)).toMatchObject({ type: "file", sizeBytes: 1000 });
    expect(blocks.reads).toHaveLength(1);
  });

  test("a time before the epoch is negative", async () => {
    const blocks = new MemoryBlocks();
    const mtime = { secs: -5n, nsecs: 7 };
    const root = putNode(blocks, new UnixFS({ type: "directory", mtime }).marshal(), []);
    const stat = await statUnixFs(blocks, root);
    expect(stat.mtime).toEqual({ seconds: -5, nanoseconds: 7 });
  });
});
