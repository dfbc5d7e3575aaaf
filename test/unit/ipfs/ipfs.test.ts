// Goal: pin records keep what they promise, and a collection takes exactly what nobody keeps, also while adds and pins go on.
// Method: the real store in a temp folder, DAGs made by the importer.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { cidOf, importEntries, resolveImportOptions } from "#dag";
import { type Ipfs, openIpfs } from "#ipfs";
import { type CID, codec, parseCid } from "#model";
import { openStore, type Store } from "#storage";

let folder: string;
let store: Store;
let node: Ipfs;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pinfold-ipfs-"));
  store = await openStore(folder, { engine: "log", storageMaxBytes: 1e10 });
  node = openNode(true);
});

afterEach(async () => {
  await node[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function openNode(isOffline: boolean): Ipfs {
  const identity = {
    id: "12D3KooWtest",
    publicKey: new Uint8Array(),
    privateKey: new Uint8Array(),
  };
  return openIpfs({ store, identity }, { isOffline, storageMaxBytes: 1e10, repoPath: folder });
}

/** Adds a file of several leaves and answers its root; the lease ends here, so unpinned content is garbage. */
async function add(text: string, into: Ipfs = node): Promise<CID> {
  await using writer = into.openWriter();
  const root = await importText(text, writer);
  await writer.flush();
  return root;
}

async function importText(text: string, writer: ReturnType<Ipfs["openWriter"]>): Promise<CID> {
  const content = (async function* () {
    yield Buffer.from(text.repeat(30));
  })();
  const options = resolveImportOptions({ chunker: "size-64" });
  let root: CID | undefined;
  const entries = (async function* () {
    yield { path: "f", type: "file", content } as const;
  })();
  for await (const event of importEntries(entries, writer, options)) {
    if (event.type === "node") root = event.cid;
  }
  if (root === undefined) throw new Error("nothing was imported");
  return root;
}

async function collect(): Promise<string[]> {
  const removed: string[] = [];
  for await (const cid of node.collectGarbage()) removed.push(cid.toString());
  return removed;
}

function isSameBlock(a: CID, b: CID): boolean {
  return Buffer.compare(a.multihash.bytes, b.multihash.bytes) === 0;
}

const missing = parseCid("bafkreibmlvvgdyihetgocpof6xk64kjjzdeq2e4c7hqs3krdheosk4tgj4");

describe("pin records", () => {
  test("are there again after a restart, with mode and name", async () => {
    const root = await add("kept");
    await node.pins.add(root, { name: "Käse" });
    await store[Symbol.asyncDispose]();
    store = await openStore(folder, { engine: "log", storageMaxBytes: 1e10 });
    node = openNode(true);
    expect(await node.pins.get(root)).toEqual({ cid: root, mode: "recursive", name: "Käse" });
    expect(await Array.fromAsync(node.pins.list())).toHaveLength(1);
  });

  test("say how a block is kept", async () => {
    const root = await add("tree");
    await node.pins.add(root);
    expect(await node.pins.statusOf(root)).toEqual({ mode: "recursive", name: "" });
    const all: readonly CID[] = await Array.fromAsync(store.blocks.list());
    const below = all.filter((cid) => !isSameBlock(cid, root));
    expect(below.length).toBeGreaterThan(0);
    for (const cid of below) {
      expect(await node.pins.statusOf(cid)).toEqual({ mode: "indirect", root });
    }
    expect(await node.pins.statusOf(missing)).toBeUndefined();
  });

  test("refuse what Kubo refuses, in its words", async () => {
    const root = await add("conflict");
    await node.pins.add(root);
    await expect(node.pins.add(root, { mode: "direct" })).rejects.toThrow(
      "already pinned recursively",
    );
    await expect(node.pins.remove(root, { mode: "direct" })).rejects.toThrow(
      "is pinned recursively",
    );
    await expect(node.pins.remove(missing)).rejects.toThrow("not pinned or pinned indirectly");
    await expect(node.pins.add(root, { name: "x".repeat(256) })).rejects.toThrow(
      "pin name is 256 bytes (max 255 bytes)",
    );
  });

  test("are not written for content that is not here", async () => {
    await expect(node.pins.add(missing)).rejects.toThrow("block was not found locally (offline)");
    expect(await node.pins.get(missing)).toBeUndefined();
  });

  test("are not written for blocks that cannot be decoded", async () => {
    const bytes = Buffer.from("this is no protobuf");
    const cid = cidOf(codec.dagPb, bytes, { hash: "sha2-256", cidVersion: 1 });
    await using writer = node.openWriter();
    await writer.put(cid, bytes);
    await writer.flush();
    await expect(node.pins.add(cid)).rejects.toThrow(cid.toString());
    expect(await node.pins.get(cid)).toBeUndefined();
  });
});

describe("a collection", () => {
  test("takes what no record reaches and keeps the rest readable", async () => {
    const kept = await add("kept");
    await node.pins.add(kept);
    await add("garbage");
    const before = await store.blocks.stat();
    const removed = await collect();
    expect(removed.length).toBeGreaterThan(1);
    expect((await store.blocks.stat()).blocks).toBe(before.blocks - removed.length);
    await node.pins.add(kept);
    expect(await collect()).toEqual([]);
  });

  test("keeps only the one block of a direct pin", async () => {
    const root = await add("direct");
    await node.pins.add(root, { mode: "direct" });
    await collect();
    expect(await store.blocks.has(root)).toBe(true);
    expect((await store.blocks.stat()).blocks).toBe(1);
  });

  test("leaves an unfinished add alone, also blocks that it found there already", async () => {
    await add("twice");
    await using writer = node.openWriter();
    const root = await importText("twice", writer);
    expect(await collect()).toEqual([]);
    await writer.flush();
    await node.pins.add(root, { isWritten: true });
    expect(await collect()).toEqual([]);
  });

  test("removes nothing when a pinned tree has a hole", async () => {
    const root = await add("holey");
    await node.pins.add(root);
    await add("garbage");
    await store.blocks.delete(root);
    await expect(collect()).rejects.toThrow(
      `block ${root.toString()} of pinned ${root.toString()} is missing`,
    );
  });

  test("and another one, asked for at once, run one after the other", async () => {
    await add("garbage");
    const [first, second] = await Promise.all([collect(), collect()]);
    expect(first.length).toBeGreaterThan(0);
    expect(second).toEqual([]);
  });
});

describe("waiting for content", () => {
  test("ends when the block is added here", async () => {
    await using online = openNode(false);
    const bytes = Buffer.from("late");
    const cid = cidOf(codec.raw, bytes, { hash: "sha2-256", cidVersion: 1 });
    const wanted = online.source.get(cid);
    await using writer = online.openWriter();
    await writer.put(cid, bytes);
    expect(Buffer.from(await wanted).toString()).toBe("late");
  });

  test("ends with its signal", async () => {
    await using online = openNode(false);
    const controller = new AbortController();
    const wanted = online.source.get(missing, { signal: controller.signal });
    controller.abort(new Error("context deadline exceeded"));
    await expect(wanted).rejects.toThrow("context deadline exceeded");
  });
});
