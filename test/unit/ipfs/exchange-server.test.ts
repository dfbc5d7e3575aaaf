// Goal: peers get what they want, by priority and fairly, and what they did not want any more is not sent.
// Method: an exchange over a host in memory; peers that follow a script send want lists byte for byte and keep what comes.

import { describe, expect, test } from "bun:test";

import { cidOf } from "#dag";
import { type Block, codec } from "#model";
import { eventually } from "#test/eventually";
import { hex, openNode, ScriptedPeer, wantOf } from "#test/exchange-stack";
import { MemoryNetwork } from "#test/memory-network";
import { numberedBlock } from "#test/test-blocks";

import type { Message } from "../../../src/ipfs/exchange/codec/message.ts";

const kib = 1024;

function blocksOf(count: number, sizeBytes: number): readonly Block[] {
  return Array.from({ length: count }, (_, index) => numberedBlock(index, sizeBytes));
}

function bytesIn(peer: ScriptedPeer): readonly string[] {
  return peer.received.flatMap(({ blocks }) => blocks.map(({ bytes }) => hex(bytes)));
}

function presencesIn(peer: ScriptedPeer): readonly (readonly [string, boolean])[] {
  return peer.received.flatMap(({ presences }) =>
    presences.map(({ cid, has }) => [hex(cid), has] as const),
  );
}

describe("the server", () => {
  test("answers blocks, HAVE and DONT_HAVE, and sends small blocks at once", async () => {
    const network = new MemoryNetwork();
    const [big, other, missing] = blocksOf(3, 2 * kib);
    const small = numberedBlock(9, kib);
    if (big === undefined || other === undefined || missing === undefined) throw new Error("none");
    await using node = await openNode(network.openHost(), { has: [big, other, small] });
    await using peer = await ScriptedPeer.open(network);
    await peer.host.connect(node.host.id);
    await peer.send(node.host.id, {
      wants: [
        wantOf(big.cid),
        wantOf(other.cid, { type: "have" }),
        wantOf(small.cid, { type: "have" }),
        wantOf(missing.cid),
        wantOf(numberedBlock(8, 10).cid, { type: "have" }),
        wantOf(numberedBlock(7, 10).cid, { sendDontHave: false }),
      ],
    });
    await eventually(() => bytesIn(peer).length === 2 && presencesIn(peer).length === 3);
    expect(bytesIn(peer).toSorted()).toEqual([hex(big.bytes), hex(small.bytes)].toSorted());
    expect(new Map(presencesIn(peer))).toEqual(
      new Map([
        [hex(other.cid.bytes), true],
        [hex(missing.cid.bytes), false],
        [hex(numberedBlock(8, 10).cid.bytes), false],
      ]),
    );
    // what is not here stays wanted
    expect(node.exchange.wantlist(peer.id)).toHaveLength(3);
  });

  test("sends the empty block, which Kubo does not", async () => {
    const network = new MemoryNetwork();
    const empty = { cid: cidOf(codec.raw, new Uint8Array()), bytes: new Uint8Array() };
    await using node = await openNode(network.openHost(), { has: [empty] });
    await using peer = await ScriptedPeer.open(network);
    await peer.host.connect(node.host.id);
    await peer.send(node.host.id, { wants: [wantOf(empty.cid)] });
    await eventually(() => bytesIn(peer).length === 1);
  });

  test("sends by priority, in messages of about a megabyte on one stream", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(40, 256 * kib);
    await using node = await openNode(network.openHost(), { has: blocks });
    await using peer = await ScriptedPeer.open(network);
    await peer.host.connect(node.host.id);
    const wants = blocks.map(({ cid }, index) => wantOf(cid, { priority: 1 + index }));
    await peer.send(node.host.id, { wants });
    await eventually(() => bytesIn(peer).length === 40);
    expect(bytesIn(peer)).toEqual(blocks.map(({ bytes }) => hex(bytes)).toReversed());
    for (const { blocks: sent } of peer.received) expect(sent.length).toBeLessThanOrEqual(4);
    expect(peer.received.length).toBeLessThanOrEqual(14);
    expect(peer.received[0]?.pendingBytes).toBeGreaterThan(8 * kib * kib);
    expect(node.blocks.batches.every((count) => count <= 4)).toBe(true);
    expect([...node.host.streams].filter(({ direction }) => direction === "outbound")).toHaveLength(
      1,
    );
  });

  test("does not send what was cancelled before its turn", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(40, 256 * kib);
    await using node = await openNode(network.openHost(), { has: blocks });
    const gate = Promise.withResolvers<void>();
    await using peer = await ScriptedPeer.open(network, () => gate.promise);
    await peer.host.connect(node.host.id);
    await peer.send(node.host.id, { wants: blocks.map(({ cid }) => wantOf(cid)) });
    await eventually(() => peer.received.length === 1);
    await peer.send(node.host.id, {
      wants: blocks.slice(20).map(({ cid }) => wantOf(cid, { isCancel: true })),
    });
    await eventually(() => node.exchange.wantlist(peer.id).length <= 20);
    gate.resolve();
    await eventually(() => node.exchange.wantlist(peer.id).length === 0);
    await eventually(() => bytesIn(peer).length === 20);
  });

  test("forgets all wants when a full list comes", async () => {
    const network = new MemoryNetwork();
    const [first, second] = blocksOf(2, kib);
    if (first === undefined || second === undefined) throw new Error("none");
    await using node = await openNode(network.openHost());
    await using peer = await ScriptedPeer.open(network);
    await peer.host.connect(node.host.id);
    await peer.send(node.host.id, { wants: [wantOf(first.cid)] });
    await eventually(() => node.exchange.wantlist(peer.id).length === 1);
    await peer.send(node.host.id, { wants: [wantOf(second.cid)], isFull: true });
    await eventually(() => String(node.exchange.wantlist(peer.id)[0]) === String(second.cid));
    expect(node.exchange.wantlist(peer.id)).toHaveLength(1);
  });

  test("serves a want when the block arrives later, once", async () => {
    const network = new MemoryNetwork();
    const [block, asked] = blocksOf(2, 2 * kib);
    if (block === undefined || asked === undefined) throw new Error("none");
    await using node = await openNode(network.openHost());
    await using peer = await ScriptedPeer.open(network);
    await peer.host.connect(node.host.id);
    const wants = [wantOf(block.cid), wantOf(asked.cid, { type: "have" })];
    await peer.send(node.host.id, { wants });
    await eventually(() => presencesIn(peer).length === 2);
    for (const one of [block, asked]) {
      // as a node does: told first, then put
      node.exchange.arrived(one.cid, one.bytes);
      node.exchange.arrived(one.cid, one.bytes);
      node.blocks.put(one.cid, one.bytes);
    }
    await eventually(() => bytesIn(peer).length === 1 && presencesIn(peer).length === 3);
    expect(presencesIn(peer)[2]).toEqual([hex(asked.cid.bytes), true]);
    // counted when the peer has taken it
    await eventually(() => node.exchange.stat().blocksSent === 1);
    expect(node.exchange.wantlist(peer.id)).toEqual([]);
  });

  test("passes on what it fetches to those who want it", async () => {
    const network = new MemoryNetwork();
    const [block] = blocksOf(1, 2 * kib);
    if (block === undefined) throw new Error("none");
    await using far = await openNode(network.openHost(), { has: [block] });
    await using middle = await openNode(network.openHost());
    await using peer = await ScriptedPeer.open(network);
    await peer.host.connect(middle.host.id);
    await peer.send(middle.host.id, { wants: [wantOf(block.cid)] });
    await eventually(() => presencesIn(peer).length === 1);
    await middle.host.connect(far.host.id);
    await using session = middle.exchange.openSession({ sink: middle.blocks });
    await session.fetch(block.cid);
    await eventually(() => bytesIn(peer)[0] === hex(block.bytes));
  });

  test("says DONT_HAVE when a block was deleted before its turn", async () => {
    const network = new MemoryNetwork();
    const [block] = blocksOf(1, 2 * kib);
    if (block === undefined) throw new Error("none");
    await using node = await openNode(network.openHost(), { has: [block] });
    await using peer = await ScriptedPeer.open(network);
    await peer.host.connect(node.host.id);
    node.blocks.readBatch = (cids) => Promise.resolve(cids.map(() => undefined));
    await peer.send(node.host.id, { wants: [wantOf(block.cid)] });
    await eventually(() => presencesIn(peer)[0]?.[1] === false);
    expect(node.exchange.wantlist(peer.id)).toHaveLength(1);
  });

  test("takes turns between peers: one with a long list does not hold up another", async () => {
    const network = new MemoryNetwork();
    const blocks = blocksOf(100, 256 * kib);
    const [wanted] = blocks;
    if (wanted === undefined) throw new Error("none");
    await using node = await openNode(network.openHost(), { has: blocks });
    await using greedy = await ScriptedPeer.open(network);
    let before = -1;
    await using modest = await ScriptedPeer.open(network, () => {
      before = bytesIn(greedy).length;
    });
    await greedy.host.connect(node.host.id);
    await modest.host.connect(node.host.id);
    await greedy.send(node.host.id, { wants: blocks.map(({ cid }) => wantOf(cid)) });
    await modest.send(node.host.id, { wants: [wantOf(wanted.cid)] });
    await eventually(() => before >= 0);
    expect(before).toBeLessThan(40);
    await eventually(() => bytesIn(greedy).length === 100);
  });

  test.each([
    ["/ipfs/bitswap/1.1.0", "prefix"],
    ["/ipfs/bitswap/1.0.0", "bare"],
  ])("answers a peer of %s in its dialect", async (protocol, kind) => {
    const network = new MemoryNetwork();
    const [block] = blocksOf(1, 2 * kib);
    if (block === undefined) throw new Error("none");
    await using node = await openNode(network.openHost(), { has: [block] });
    await using peer = await ScriptedPeer.open(network, () => undefined, protocol);
    await peer.host.connect(node.host.id);
    const wants = [wantOf(block.cid), wantOf(numberedBlock(7, 10).cid)];
    await peer.send(node.host.id, { wants });
    await eventually(() => bytesIn(peer).length === 1);
    const [sent] = peer.received.flatMap((message: Message) => message.blocks);
    expect(sent?.prefix === undefined).toBe(kind === "bare");
    expect(presencesIn(peer)).toEqual([]);
  });

  test("forgets a peer that has gone", async () => {
    const network = new MemoryNetwork();
    const [block] = blocksOf(1, kib);
    if (block === undefined) throw new Error("none");
    await using node = await openNode(network.openHost());
    await using peer = await ScriptedPeer.open(network);
    await peer.host.connect(node.host.id);
    await peer.send(node.host.id, { wants: [wantOf(block.cid)] });
    await eventually(() => node.exchange.wantlist(peer.id).length === 1);
    expect(node.exchange.stat().peers).toEqual([peer.id]);
    await peer.host.disconnect(node.host.id);
    await eventually(() => node.exchange.wantlist(peer.id).length === 0);
    expect(node.exchange.stat().peers).toEqual([]);
  });
});
