// Goal: a real Kubo gives us its blocks and takes ours, whatever they are: files, directories, HAMTs, both CID versions,
// identity CIDs, empty blocks, blocks of 2 MiB, ten thousand small ones. Method: one Kubo adds, our exchange fetches from it
// and goes away from it; another Kubo, empty, then gets the same DAG from us. Without `ipfs` on PATH nothing runs, visibly.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { linksOf } from "#dag";
import { type CID, parseCid } from "#model";
import { eventually } from "#test/eventually";
import { type ExchangeNode, openNode } from "#test/exchange-stack";
import { freePorts } from "#test/free-ports";
import { hasKubo, type KuboPeer, openKuboPeer, withoutKubo } from "#test/kubo-peer";
import { openTestHost } from "#test/net-host";
import { makeTempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

import type { FetchSession } from "../../src/ipfs/exchange/types.ts";

const folder = makeTempFolder();
const kib = 1024;

/** Everything below the root, with many wants at once. Answers how many blocks there are. */
async function fetchTree(session: FetchSession, root: CID): Promise<number> {
  const seen = new Set<string>();
  const follow = async (cid: CID): Promise<void> => {
    if (seen.has(cid.toString())) return;
    seen.add(cid.toString());
    const bytes = await session.fetch(cid);
    await Promise.all(linksOf(cid, bytes).map(follow));
  };
  await follow(root);
  return seen.size;
}

function write(name: string, bytes: Uint8Array | string): string {
  const path = join(folder.path, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

function random(number: number, sizeBytes: number): Uint8Array {
  return numberedBlock(number, sizeBytes).bytes;
}

function writeDirectory(name: string, files: number, sizeBytes: number): string {
  for (let at = 0; at < files; at += 1) write(join(name, `file-${at}`), random(at, sizeBytes));
  return join(folder.path, name);
}

/** What is added, and how. */
const cases: readonly (readonly [what: string, make: () => readonly string[]])[] = [
  ["a small file", () => [write("small", "hello")]],
  ["an empty file", () => ["--raw-leaves=false", write("empty", "")]],
  ["an empty raw block", () => ["--cid-version=1", write("empty", "")]],
  ["a file of CIDv0", () => ["--cid-version=0", write("v0", random(1, 3000 * kib))]],
  [
    "a file of CIDv1 with raw leaves",
    () => ["--cid-version=1", write("v1", random(2, 3000 * kib))],
  ],
  ["a trickle DAG", () => ["--trickle", write("trickle", random(3, 2000 * kib))]],
  ["the largest chunks", () => ["--chunker=size-2096896", write("big", random(4, 5000 * kib))]],
  ["a directory", () => ["-r", writeDirectory("directory", 40, 3 * kib)]],
  ["inlined files", () => ["-r", "--inline", writeDirectory("inline", 20, 20)]],
  ["blake3", () => ["--cid-version=1", "--hash=blake3", write("blake3", random(5, 800 * kib))]],
  ["blake2b-256", () => ["--hash=blake2b-256", write("blake2b", random(6, 800 * kib))]],
];

describe.skipIf(!hasKubo)(`bitswap with Kubo${withoutKubo}`, () => {
  let giver: KuboPeer;
  let taker: KuboPeer;
  let node: ExchangeNode;
  let gatewayPort: number;

  beforeAll(async () => {
    gatewayPort = await freePorts(1);
    const config = {
      "Import.UnixFSHAMTDirectorySizeThreshold": "2KiB",
      "Addresses.Gateway": `/ip4/127.0.0.1/tcp/${gatewayPort}`,
    };
    [giver, taker] = await Promise.all([openKuboPeer({ config }), openKuboPeer()]);
    node = await openNode(await openTestHost());
    await reconnect();
  }, 30_000);

  afterAll(async () => {
    await node[Symbol.asyncDispose]();
    await Promise.all([giver[Symbol.asyncDispose](), taker[Symbol.asyncDispose]()]);
    folder[Symbol.dispose]();
  });

  async function reconnect(): Promise<void> {
    const [address = ""] = await giver.addresses();
    await node.host.connect(address);
    await taker.ipfs("swarm", "connect", node.host.addresses()[0] ?? "");
  }

  async function add(args: readonly string[]): Promise<CID> {
    return parseCid((await giver.ipfs("add", "-Q", ...args)).trim());
  }

  /** Fetches from the giver and lets the taker have it from us; both have the same afterwards. */
  async function roundTrip(root: CID): Promise<number> {
    const session = node.exchange.openSession({ sink: node.blocks, root });
    const blocks = await fetchTree(session, root);
    await session[Symbol.asyncDispose]();
    await taker.ipfs("pin", "add", root.toString());
    const refs = await Promise.all(
      [giver, taker].map((kubo) => kubo.ipfs("refs", "-r", "--unique", root.toString())),
    );
    expect(refs[1]).toBe(refs[0] ?? "");
    return blocks;
  }

  test.each(cases)(
    "goes round: %s",
    async (_, make) => {
      const root = await add(make());
      const refs = await giver.ipfs("refs", "-r", "--unique", root.toString());
      expect(await roundTrip(root)).toBe(refs.split("\n").filter((line) => line !== "").length + 1);
    },
    20_000,
  );

  test("goes round: a sharded directory", async () => {
    const root = await add(["-r", writeDirectory("shards", 300, 100)]);
    const blocks = await roundTrip(root);
    expect(blocks).toBeGreaterThan(310);
  }, 20_000);

  test("goes round: a block of 2 MiB", async () => {
    const path = write("whole", random(7, 2048 * kib));
    const put = ["block", "put", "--cid-codec=raw", "--allow-big-block", path];
    const root = parseCid((await giver.ipfs(...put)).trim());
    expect(await roundTrip(root)).toBe(1);
  }, 20_000);

  test("goes round: a thousand blocks of 1 KiB", async () => {
    const path = write("thousand", random(13, 1000 * kib));
    const root = await add(["--cid-version=1", "--chunker=size-1024", path]);
    expect(await roundTrip(root)).toBeGreaterThan(1000);
  }, 20_000);

  test("takes ten thousand blocks of 1 KiB in seconds", async () => {
    const path = write("many", random(8, 10_000 * kib));
    const root = await add(["--cid-version=1", "--chunker=size-1024", path]);
    await using session = node.exchange.openSession({ sink: node.blocks, root });
    const began = performance.now();
    expect(await fetchTree(session, root)).toBeGreaterThan(10_000);
    // 0.4 s when nothing else runs
    expect(performance.now() - began).toBeLessThan(8000);
    expect(node.exchange.stat().dupBlocksReceived).toBeLessThan(100);
  }, 30_000);

  test("waits for what Kubo does not have yet, and gets it when it is added", async () => {
    const bytes = random(9, 5 * kib);
    const { cid } = numberedBlock(9, 5 * kib);
    await using session = node.exchange.openSession({ sink: node.blocks });
    const fetched = session.fetch(cid);
    await eventually(async () => {
      const wanted = await giver.ipfs("bitswap", "wantlist", "--peer", node.host.id);
      return wanted.includes(cid.toString());
    });
    await giver.ipfs("block", "put", "--cid-codec=raw", write("late", bytes));
    expect(Buffer.compare(await fetched, bytes)).toBe(0);
  }, 20_000);

  test("gives Kubo what it waited for when it arrives here", async () => {
    const { cid, bytes } = numberedBlock(10, 5 * kib);
    const waiting = taker.ipfs("block", "get", cid.toString());
    await eventually(() => node.exchange.wantlist(taker.id).some((one) => one.equals(cid)));
    node.exchange.arrived(cid, bytes);
    node.blocks.put(cid, bytes);
    expect((await waiting).length).toBeGreaterThan(0);
  }, 20_000);

  // Kubo forgets what it is asked for right after it was reconnected: it tidies up late after the old connection
  test("goes on after Kubo has cut the connection", async () => {
    const root = await add([
      "--cid-version=1",
      "--chunker=size-65536",
      write("cut", random(11, 20_000 * kib)),
    ]);
    const [hint = ""] = await giver.addresses();
    await using session = node.exchange.openSession({ sink: node.blocks, root, hints: [hint] });
    node.providers.providers = [{ peer: giver.id, addresses: [hint], protocols: [] }];
    const fetched = fetchTree(session, root);
    await eventually(() => session.progress().blocks > 20);
    await node.host.disconnect(giver.id);
    expect(await fetched).toBeGreaterThan(300);
  }, 20_000);

  test("gets blocks over Kubo's HTTP gateway", async () => {
    const root = await add(["--cid-version=1", write("http", random(12, 1500 * kib))]);
    const httpGateways = [`http://127.0.0.1:${gatewayPort}`];
    await using far = await openNode(await openTestHost(), { httpGateways, fetch });
    await using session = far.exchange.openSession({ sink: far.blocks, root });
    expect(await fetchTree(session, root)).toBe(7);
  }, 20_000);
});
