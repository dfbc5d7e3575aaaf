// Goal: sessions fetch from many peers: nobody is asked for everything, what fails somewhere is asked elsewhere, and only
// sound, wanted blocks are taken. Method: an exchange over hosts in memory, against peers that follow a script; time
// moves by hand where time matters.

import { describe, expect, test } from "bun:test";

import { cidOf } from "#dag";
import { messageOf } from "#lib";
import { type Block, codec, decodeCid, parseCid } from "#model";
import { eventually } from "#test/eventually";
import { hex, MultihashBlocks, openNode, ScriptedPeer, serving } from "#test/exchange-stack";
import { ManualClock, until } from "#test/manual-clock";
import { MemoryNetwork } from "#test/memory-network";
import { numberedBlock } from "#test/test-blocks";

const kib = 1024;

function blocksOf(count: number, sizeBytes: number): readonly Block[] {
  return Array.from({ length: count }, (_, index) => numberedBlock(index, sizeBytes));
}

function storeOf(blocks: readonly Block[]): MultihashBlocks {
  const store = new MultihashBlocks();
  for (const { cid, bytes } of blocks) store.put(cid, bytes);
  return store;
}

/** Lets time go by, as sweeps see it. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 250) {
    clock.advance(250);
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }
}

describe("a session", () => {
  test("fetches from another exchange, once each, and puts every block into its sink", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(300, 8 * kib);
    await using there = await openNode(network.openHost(), { has: blocks });
    await using here = await openNode(network.openHost());
    await here.host.connect(there.host.id);
    await using session = here.exchange.openSession({ sink: here.blocks });
    const fetched = await Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    expect(fetched.map(hex)).toEqual(blocks.map(({ bytes }) => hex(bytes)));
    expect(here.blocks.size).toBe(300);
    expect(session.progress()).toMatchObject({ blocks: 300, providers: 1, waiting: "" });
    expect(here.exchange.stat()).toMatchObject({ blocksReceived: 300, dupBlocksReceived: 0 });
    await eventually(() => there.exchange.stat().blocksSent === 300);
    expect(here.exchange.ledger(there.host.id).received).toBe(300 * 8 * kib);
    expect(there.exchange.ledger(here.host.id).sent).toBe(300 * 8 * kib);
    expect(there.exchange.wantlist(here.host.id)).toEqual([]);
  });

  test("asks one peer for the block and the others only whether they have it", async () => {
    const network = new MemoryNetwork();
    await using here = await openNode(network.openHost());
    const peers = await Promise.all(Array.from({ length: 4 }, () => ScriptedPeer.open(network)));
    for (const peer of peers) await here.host.connect(peer.id);
    await using session = here.exchange.openSession({ sink: here.blocks });
    const [block] = blocksOf(1, kib);
    const abort = new AbortController();
    const fetched = session.fetch(block?.cid ?? parseCid("bafkqaaa"), { signal: abort.signal });
    await eventually(() => peers.every(({ entries }) => entries.length === 1));
    const types = peers.flatMap(({ entries }) => entries.map(({ type }) => type));
    expect(types.toSorted()).toEqual(["block", "have", "have", "have"]);
    abort.abort(new Error("enough"));
    await expect(fetched).rejects.toThrow("enough");
    await eventually(() => peers.every(({ entries }) => entries[1]?.isCancel === true));
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  test("spreads its wants over those that have the blocks, with hardly a duplicate", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(400, 16 * kib);
    await using here = await openNode(network.openHost(), {
      bounds: { windowBytesMin: 64 * kib, windowBytesMax: 256 * kib },
    });
    const store = storeOf(blocks);
    const peers = await Promise.all(
      Array.from({ length: 3 }, () => ScriptedPeer.open(network, serving(store, blocks))),
    );
    for (const peer of peers) await here.host.connect(peer.id);
    await using session = here.exchange.openSession({ sink: here.blocks });
    await Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    for (const { entries } of peers) {
      const asked = entries.filter(({ type, isCancel }) => type === "block" && !isCancel).length;
      expect(asked).toBeGreaterThan(20);
      expect(asked).toBeLessThan(380);
    }
    expect(here.exchange.stat().dupBlocksReceived).toBeLessThan(4);
    expect(session.progress().providers).toBe(3);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });

  test("goes on with the others when a peer dies in the middle", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(200, 16 * kib);
    const store = storeOf(blocks);
    await using here = await openNode(network.openHost(), {
      bounds: { windowBytesMin: 64 * kib, windowBytesMax: 128 * kib },
    });
    const serve = serving(store, blocks);
    let served = 0;
    await using mortal = await ScriptedPeer.open(network, async (message, peer, from) => {
      served += message.wants.length;
      if (served > 40) await peer.host.disconnect(from);
      else await serve(message, peer, from);
    });
    await using other = await ScriptedPeer.open(network, serve);
    await here.host.connect(mortal.id);
    await here.host.connect(other.id);
    await using session = here.exchange.openSession({ sink: here.blocks });
    await Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    expect(here.blocks.size).toBe(200);
    expect(here.host.isConnected(mortal.id)).toBe(false);
  });

  test("asks another when a peer says HAVE and sends nothing, and time runs since the last block", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const blocks = blocksOf(4, kib);
    await using liar = await ScriptedPeer.open(network, async (message, peer, from) => {
      const presences = message.wants.filter(({ isCancel }) => !isCancel);
      await peer.send(from, { presences: presences.map(({ cid }) => ({ cid, has: true })) });
    });
    await using here = await openNode(network.openHost(), { clock });
    await here.host.connect(liar.id);
    await using session = here.exchange.openSession({ sink: here.blocks });
    const fetched = Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    await until(() => liar.entries.length >= 4);
    await pass(clock, 2000);
    expect(session.progress().waiting).toBe("connected to 1 provider, waiting");
    await pass(clock, 5000);
    await using honest = await ScriptedPeer.open(network, serving(storeOf(blocks), blocks));
    await here.host.connect(honest.id);
    await pass(clock, 1000);
    expect(await fetched).toHaveLength(4);
    expect(liar.entries.filter(({ isCancel }) => isCancel).length).toBeGreaterThan(0);
  });

  test("asks a peer again when what it sent was lost with its stream", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const [block] = blocksOf(1, kib);
    if (block === undefined) throw new Error("no block");
    let times = 0;
    const serve = serving(storeOf([block]), [block]);
    await using peer = await ScriptedPeer.open(network, async (message, self, from) => {
      times += 1;
      if (times > 1) return serve(message, self, from);
      const stream = await self.host.openStream(from, ["/ipfs/bitswap/1.2.0"]);
      await stream.send(Uint8Array.of(100, 1, 2, 3));
      stream.abort(new Error("lost"));
    });
    await using here = await openNode(network.openHost(), { clock });
    await here.host.connect(peer.id);
    await using session = here.exchange.openSession({ sink: here.blocks });
    const fetched = session.fetch(block.cid);
    await pass(clock, 8000);
    expect(hex(await fetched)).toBe(hex(block.bytes));
  });

  test("looks for providers when nobody has it, connects, and asks those for the block at once", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const blocks = blocksOf(3, kib);
    const [root] = blocks;
    await using poor = await ScriptedPeer.open(network, serving(storeOf([]), blocks));
    await using rich = await ScriptedPeer.open(network, serving(storeOf(blocks), blocks));
    await using here = await openNode(network.openHost(), { clock });
    await here.host.connect(poor.id);
    await using session = here.exchange.openSession({ sink: here.blocks, root: root?.cid });
    const fetched = Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    await until(() => poor.entries.length >= 3);
    await pass(clock, 500);
    expect(here.providers.searches).toEqual([String(root?.cid)]);
    expect(session.progress().waiting).toBe("asked 1 peer, none has it");
    here.providers.providers = [{ peer: rich.id, addresses: rich.host.addresses(), protocols: [] }];
    await pass(clock, 2000);
    expect(await fetched).toHaveLength(3);
    expect(rich.entries.every(({ type }) => type === "block")).toBe(true);
    expect(here.providers.searches.length).toBe(2);
  });

  test("searches less and less often while nothing comes, and says why it waits", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    await using here = await openNode(network.openHost(), { clock });
    await using session = here.exchange.openSession({ sink: here.blocks });
    const [block] = blocksOf(1, kib);
    const abort = new AbortController();
    const fetched = session.fetch(block?.cid ?? parseCid("bafkqaaa"), { signal: abort.signal });
    await pass(clock, 60_000);
    const searches = here.providers.searches.length;
    expect(searches).toBeGreaterThanOrEqual(5);
    expect(searches).toBeLessThanOrEqual(8);
    expect(session.progress().waiting).toBe("no peers");
    abort.abort(new Error("enough"));
    await expect(fetched).rejects.toThrow("enough");
  });

  test("connects to its hints", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(2, kib);
    await using there = await openNode(network.openHost(), { has: blocks });
    await using here = await openNode(network.openHost());
    const hints = [`/ip4/127.0.0.1/tcp/1/p2p/${there.host.id}`];
    await using session = here.exchange.openSession({ sink: here.blocks, hints });
    expect(await Promise.all(blocks.map(({ cid }) => session.fetch(cid)))).toHaveLength(2);
    expect(here.host.dials).toEqual(hints);
  });

  test("passes over hints that name no peer", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const blocks = blocksOf(1, kib);
    await using there = await openNode(network.openHost(), { has: blocks });
    await using here = await openNode(network.openHost(), { clock });
    const hint = `/ip4/127.0.0.1/tcp/1/p2p/${there.host.id}`;
    const hints = ["/ip4/1.2.3.4/tcp/1", `${hint}/p2p-circuit`, "nobody", hint];
    await using session = here.exchange.openSession({ sink: here.blocks, hints });
    await pass(clock, 10_000);
    expect(await Promise.all(blocks.map(({ cid }) => session.fetch(cid)))).toHaveLength(1);
    expect(here.host.dials).toEqual([hint]);
  });

  test("tries a hint again that has gone", async () => {
    const network = new MemoryNetwork();
    const clock = new ManualClock();
    const [block] = blocksOf(1, kib);
    await using there = await openNode(network.openHost());
    await using here = await openNode(network.openHost(), { clock });
    await using session = here.exchange.openSession({
      sink: here.blocks,
      hints: [there.host.id],
    });
    await eventually(() => here.host.isConnected(there.host.id));
    await here.host.disconnect(there.host.id);
    const abort = new AbortController();
    const fetched = session.fetch(block?.cid ?? parseCid("bafkqaaa"), { signal: abort.signal });
    await pass(clock, 10_000);
    await eventually(() => here.host.isConnected(there.host.id));
    abort.abort(new Error("enough"));
    await expect(fetched).rejects.toThrow("enough");
  });

  test("reads nothing more from peers while its sink is full", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(64, 256 * kib);
    await using there = await openNode(network.openHost(), { has: blocks });
    await using here = await openNode(network.openHost());
    let gone = 0;
    network.onSend = (from, _, bytes) => {
      if (from === there.host.id) gone += bytes;
    };
    await here.host.connect(there.host.id);
    const room = Promise.withResolvers<void>();
    const sink = { put: () => room.promise };
    await using session = here.exchange.openSession({ sink });
    const fetched = Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    await eventually(() => session.progress().blocks > 0);
    const before = gone;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(session.progress().waiting).toBe("storing what came");
    expect(gone - before).toBeLessThan(4 * kib * kib);
    expect(gone).toBeLessThan(8 * kib * kib);
    room.resolve();
    expect(await fetched).toHaveLength(64);
  });

  test("fails a fetch when its sink fails, and only that one", async () => {
    const network = new MemoryNetwork();
    const [bad, good] = blocksOf(2, kib);
    if (bad === undefined || good === undefined) throw new Error("no blocks");
    await using there = await openNode(network.openHost(), { has: [bad, good] });
    await using here = await openNode(network.openHost());
    await here.host.connect(there.host.id);
    const sink = {
      put: (cid: Block["cid"]): void => {
        if (cid.equals(bad.cid)) throw new Error("disk full");
      },
    };
    await using session = here.exchange.openSession({ sink });
    expect(await session.fetch(bad.cid).catch(messageOf)).toBe("disk full");
    expect(hex(await session.fetch(good.cid))).toBe(hex(good.bytes));
  });

  test("shares one fetch among several sessions, and hands it on when the first leaves", async () => {
    const network = new MemoryNetwork();
    const [block] = blocksOf(1, kib);
    if (block === undefined) throw new Error("no block");
    await using peer = await ScriptedPeer.open(network);
    await using here = await openNode(network.openHost());
    await here.host.connect(peer.id);
    const first = here.exchange.openSession({ sink: here.blocks });
    const otherSink = new MultihashBlocks();
    await using second = here.exchange.openSession({ sink: otherSink });
    const lost = first.fetch(block.cid);
    const fetched = second.fetch(block.cid);
    await eventually(() => peer.entries.length === 1);
    const [problem] = await Promise.all([lost.catch(messageOf), first[Symbol.asyncDispose]()]);
    expect(problem).toContain("closed before the block came");
    await eventually(() => peer.entries.some(({ isCancel }) => !isCancel));
    await peer.send(here.host.id, { blocks: [block] });
    expect(hex(await fetched)).toBe(hex(block.bytes));
    expect([here.blocks.size, otherSink.size]).toEqual([0, 1]);
    await expect(first.fetch(block.cid)).rejects.toThrow("closed");
  });

  test("ends a want that comes by another way, and tells those who were asked", async () => {
    const network = new MemoryNetwork();
    const [block] = blocksOf(1, kib);
    if (block === undefined) throw new Error("no block");
    await using peer = await ScriptedPeer.open(network);
    await using here = await openNode(network.openHost());
    await here.host.connect(peer.id);
    const fetched = here.exchange.fetch(block.cid);
    await using session = here.exchange.openSession({ sink: here.blocks });
    const seen: string[] = [];
    const stored = session.store(block.cid, { look: (bytes) => void seen.push(hex(bytes)) });
    await eventually(() => peer.entries.length === 1);
    const lent = block.bytes.slice();
    here.exchange.arrived(block.cid, lent);
    lent.fill(0);
    expect(hex(await fetched)).toBe(hex(block.bytes));
    expect(await stored).toBe(block.bytes.length);
    expect(seen).toEqual([hex(block.bytes)]);
    await eventually(() => peer.entries[1]?.isCancel === true);
    expect(here.exchange.wantlist()).toEqual([]);
  });

  test("answers identity CIDs and the empty block itself, and refuses what it cannot check", async () => {
    const network = new MemoryNetwork();
    await using here = await openNode(network.openHost());
    await using session = here.exchange.openSession({ sink: here.blocks });
    const inline = identityCid(Uint8Array.of(1, 2, 3));
    expect(hex(await session.fetch(inline))).toBe("010203");
    const empty = cidOf(codec.raw, new Uint8Array());
    expect(await session.fetch(empty)).toHaveLength(0);
    expect(here.blocks.size).toBe(1);
    const murmur = decodeCid(Uint8Array.of(1, codec.raw, 0x22, 4, 1, 2, 3, 4));
    await expect(session.fetch(murmur)).rejects.toThrow("no such hash registered");
  });
});

function identityCid(bytes: Uint8Array): Block["cid"] {
  return cidOf(codec.raw, bytes, { hash: "identity" });
}

describe("the client", () => {
  test.each(["/ipfs/bitswap/1.1.0", "/ipfs/bitswap/1.0.0", "/ipfs/bitswap"])(
    "speaks %s: asks such a peer for blocks only, without what it does not know",
    async (protocol) => {
      const network = new MemoryNetwork();
      const blocks = blocksOf(20, 2 * kib);
      const store = storeOf(blocks);
      await using peer = await ScriptedPeer.open(network, serving(store, blocks), protocol);
      await using here = await openNode(network.openHost());
      await here.host.connect(peer.id);
      await using session = here.exchange.openSession({ sink: here.blocks });
      await Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
      expect(here.blocks.size).toBe(20);
      for (const { type, sendDontHave } of peer.entries) {
        expect([type, sendDontHave]).toEqual(["block", false]);
      }
    },
  );

  test("sends the whole want list again when a peer comes back", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(5, kib);
    await using peer = await ScriptedPeer.open(network);
    await using here = await openNode(network.openHost());
    await here.host.connect(peer.id);
    await using session = here.exchange.openSession({ sink: here.blocks });
    const fetched = Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    await eventually(() => peer.entries.length === 5);
    expect(peer.received[0]?.isFull).toBe(true);
    await here.host.disconnect(peer.id);
    await here.host.connect(peer.id);
    await eventually(() => peer.entries.length >= 10);
    await peer.send(here.host.id, { blocks });
    expect(await fetched).toHaveLength(5);
  });

  test("sends what is wanted in one turn in one message", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(10, kib);
    await using peer = await ScriptedPeer.open(network);
    await using here = await openNode(network.openHost());
    await here.host.connect(peer.id);
    await using session = here.exchange.openSession({ sink: here.blocks });
    const fetched = Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    await eventually(() => peer.entries.length === 10);
    expect(peer.received).toHaveLength(1);
    await peer.send(here.host.id, { blocks });
    await fetched;
  });
});
