// Goal: peers that flood, lie, stall or break off cost little: they are dropped, the others are served, memory stays flat.
// Method: an exchange over a host in memory, hostile peers byte for byte, honest ones beside them.

import { describe, expect, test } from "bun:test";

import { createLogger } from "#lib";
import type { Block } from "#model";
import { eventually } from "#test/eventually";
import {
  hex,
  MultihashBlocks,
  openNode,
  ScriptedPeer,
  serving,
  wantOf,
} from "#test/exchange-stack";
import { MemoryNetwork } from "#test/memory-network";
import { numberedBlock } from "#test/test-blocks";

import { encodeMessage } from "../../../src/ipfs/exchange/codec/encode.ts";
import type { WantEntry } from "../../../src/ipfs/exchange/codec/message.ts";

const kib = 1024;
const mib = 1024 * kib;

function blocksOf(count: number, sizeBytes: number): readonly Block[] {
  return Array.from({ length: count }, (_, index) => numberedBlock(index, sizeBytes));
}

function storeOf(blocks: readonly Block[]): MultihashBlocks {
  const store = new MultihashBlocks();
  for (const { cid, bytes } of blocks) store.put(cid, bytes);
  return store;
}

/** Wants for so many blocks that nobody has. */
function madeUpWants(count: number): readonly WantEntry[] {
  const want = wantOf(numberedBlock(0, 8).cid);
  return Array.from({ length: count }, (_, index) => {
    const cid = want.cid.slice();
    new DataView(cid.buffer).setUint32(8, index);
    return { ...want, cid };
  });
}

describe("an exchange among hostile peers", () => {
  test("drops who wants a hundred thousand blocks, and says so at debug only", async () => {
    const network = new MemoryNetwork();
    const lines: string[] = [];
    const logger = createLogger({
      level: "info",
      write: (line) => lines.push(line),
      now: Date.now,
    });
    const [block] = blocksOf(1, kib);
    if (block === undefined) throw new Error("none");
    await using node = await openNode(network.openHost(), { has: [block], logger });
    await using flood = await ScriptedPeer.open(network);
    await using honest = await ScriptedPeer.open(network);
    await flood.host.connect(node.host.id);
    await honest.host.connect(node.host.id);
    const wants = madeUpWants(100_000);
    for (let at = 0; at < wants.length && node.host.isConnected(flood.id); at += 10_000) {
      await flood
        .send(node.host.id, { wants: wants.slice(at, at + 10_000) })
        .catch(() => undefined);
      expect(node.exchange.wantlist(flood.id).length).toBeLessThanOrEqual(4096);
    }
    await eventually(() => !node.host.isConnected(flood.id));
    expect(node.exchange.wantlist(flood.id)).toEqual([]);
    await honest.send(node.host.id, { wants: [wantOf(block.cid)] });
    await eventually(() => honest.received.some(({ blocks }) => blocks.length === 1));
    expect(lines).toEqual([]);
  });

  test("drops who sends a message over the limit, or nonsense", async () => {
    const network = new MemoryNetwork();
    await using node = await openNode(network.openHost());
    for (const bytes of [new Uint8Array(5 * mib), Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0x0f)]) {
      await using peer = await ScriptedPeer.open(network);
      await peer.host.connect(node.host.id);
      await peer.sendRaw(node.host.id, [bytes]).catch(() => undefined);
      await eventually(() => !node.host.isConnected(peer.id));
    }
  });

  test("takes no block that does not match, and drops who goes on sending what nobody wants", async () => {
    const network = new MemoryNetwork();
    const [block] = blocksOf(1, 100 * kib);
    if (block === undefined) throw new Error("none");
    await using node = await openNode(network.openHost(), { bounds: { unwantedBytesMax: mib } });
    const wrong = { cid: block.cid, bytes: new Uint8Array(100 * kib).fill(1) };
    await using liar = await ScriptedPeer.open(network, async (message, peer, from) => {
      if (message.wants.some(({ isCancel }) => !isCancel))
        await peer.send(from, { blocks: [wrong] });
    });
    await node.host.connect(liar.id);
    await using session = node.exchange.openSession({ sink: node.blocks });
    const fetched = session.fetch(block.cid);
    await eventually(() => liar.entries.length > 0);
    for (let count = 1; node.host.isConnected(liar.id); count += 1) {
      expect(count).toBeLessThan(20);
      const before = node.exchange.stat().messagesReceived;
      await liar.send(node.host.id, { blocks: [wrong] }).catch(() => undefined);
      await eventually(() => node.exchange.stat().messagesReceived > before);
    }
    expect(node.blocks.size).toBe(0);
    await using honest = await ScriptedPeer.open(network, serving(storeOf([block]), [block]));
    await node.host.connect(honest.id);
    expect(hex(await fetched)).toBe(hex(block.bytes));
  });

  test("counts the same answer twice as a duplicate, and is not angry about it", async () => {
    const network = new MemoryNetwork();
    const [block] = blocksOf(1, kib);
    if (block === undefined) throw new Error("none");
    await using node = await openNode(network.openHost(), {
      bounds: { unwantedBytesMax: 2 * kib },
    });
    await using peer = await ScriptedPeer.open(network);
    await node.host.connect(peer.id);
    await using session = node.exchange.openSession({ sink: node.blocks });
    const fetched = session.fetch(block.cid);
    await eventually(() => peer.entries.length === 1);
    for (let count = 0; count < 5; count += 1) await peer.send(node.host.id, { blocks: [block] });
    await fetched;
    await eventually(() => node.exchange.stat().dupBlocksReceived === 4);
    expect(node.exchange.stat()).toMatchObject({ blocksReceived: 5, dupDataReceived: 4 * kib });
    expect(node.host.isConnected(peer.id)).toBe(true);
  });

  test("holds little for peers that do not read, and serves the others meanwhile", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(60, mib);
    await using node = await openNode(network.openHost(), {
      has: blocks,
      bounds: { servingBytesMax: 24 * mib },
    });
    const never = Promise.withResolvers<void>();
    const slow = await Promise.all(
      Array.from({ length: 5 }, () => ScriptedPeer.open(network, () => never.promise)),
    );
    let waiting = 0;
    network.onSend = (from, to, bytes) => {
      if (from === node.host.id && slow.some(({ id }) => id === to)) waiting += bytes;
    };
    for (const peer of slow) {
      await peer.host.connect(node.host.id);
      await peer.send(node.host.id, { wants: blocks.map(({ cid }) => wantOf(cid)) });
    }
    await using quick = await ScriptedPeer.open(network);
    await quick.host.connect(node.host.id);
    await quick.send(node.host.id, { wants: blocks.map(({ cid }) => wantOf(cid)) });
    await eventually(() => quick.received.flatMap((message) => message.blocks).length === 60);
    // each has one message in hand, a window and a message that waits for it
    expect(waiting).toBeLessThanOrEqual(5 * 4 * mib);
    never.resolve();
    for (const peer of slow) await peer[Symbol.asyncDispose]();
  });

  test("resets a stream that takes nothing for too long, and forgets what the peer wanted", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(8, mib);
    await using node = await openNode(network.openHost(), {
      has: blocks,
      bounds: { sendTimeoutMs: 50, sendBytesPerSecondMin: 1e9 },
    });
    const never = Promise.withResolvers<void>();
    await using slow = await ScriptedPeer.open(network, () => never.promise);
    await slow.host.connect(node.host.id);
    await slow.send(node.host.id, { wants: blocks.map(({ cid }) => wantOf(cid)) });
    await eventually(() => node.exchange.wantlist(slow.id).length > 0);
    await eventually(() => node.exchange.wantlist(slow.id).length === 0);
    never.resolve();
  });

  test("bears wants and cancels in endless turn", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(50, 2 * kib);
    await using node = await openNode(network.openHost(), { has: blocks });
    await using peer = await ScriptedPeer.open(network);
    await peer.host.connect(node.host.id);
    const stream = await peer.host.openStream(node.host.id, ["/ipfs/bitswap/1.2.0"]);
    for (let round = 0; round < 200; round += 1) {
      const wants = blocks.map(({ cid }) => wantOf(cid, { isCancel: round % 2 === 1 }));
      await stream.sendMessage(encodeMessage({ wants }, "1.2"));
    }
    await eventually(() => node.exchange.wantlist(peer.id).length === 0);
    expect(node.host.isConnected(peer.id)).toBe(true);
  });

  test("survives peers that break off in the middle of a message", async () => {
    const network = new MemoryNetwork();
    const [block] = blocksOf(1, 100 * kib);
    if (block === undefined) throw new Error("none");
    await using node = await openNode(network.openHost());
    for (let count = 0; count < 20; count += 1) {
      await using peer = await ScriptedPeer.open(network);
      await peer.host.connect(node.host.id);
      const stream = await peer.host.openStream(node.host.id, ["/ipfs/bitswap/1.2.0"]);
      const message = Buffer.concat(encodeMessage({ blocks: [block] }, "1.2"));
      await stream.send(Uint8Array.of(0xff, 0xff, 0x03));
      await stream.send(message.subarray(0, 50 * kib));
      if (count % 2 === 0) await peer.host.disconnect(node.host.id);
      else stream.abort(new Error("gone"));
    }
    await eventually(() => node.host.streams.size === 0);
    expect(node.exchange.stat().blocksReceived).toBe(0);
  });

  test("leaves nothing behind when it closes", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(20, 100 * kib);
    const there = await openNode(network.openHost(), { has: blocks });
    const here = await openNode(network.openHost());
    await here.host.connect(there.host.id);
    const session = here.exchange.openSession({ sink: here.blocks });
    await Promise.all(blocks.map(({ cid }) => session.fetch(cid)));
    const waiting = session.fetch(numberedBlock(99, 10).cid).catch((error: unknown) => error);
    await here.exchange[Symbol.asyncDispose]();
    expect(await waiting).toMatchObject({ code: "EXCHANGE_CLOSED" });
    await there.exchange[Symbol.asyncDispose]();
    expect(here.host.protocols()).toEqual([]);
    await eventually(() => here.host.streams.size === 0 && there.host.streams.size === 0);
    await here.host[Symbol.asyncDispose]();
    await there.host[Symbol.asyncDispose]();
  });
});
