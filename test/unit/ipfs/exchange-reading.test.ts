// Goal: messages are read whatever way they are cut, from memory that goes round and is bounded. Method: streams in memory
// that hand out chosen pieces; what was read is compared with what was written, and the memory that is out is counted.

import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import type { Stream } from "#net";
import { eventually } from "#test/eventually";
import { hex, openNode, ScriptedPeer, wantOf } from "#test/exchange-stack";
import { MemoryNetwork } from "#test/memory-network";
import { MemoryStream, Pipe } from "#test/memory-stream";
import { numberedBlock } from "#test/test-blocks";

import { MessageMemory } from "../../../src/ipfs/exchange/message-memory.ts";
import { readMessages } from "../../../src/ipfs/exchange/read-messages.ts";

const kib = 1024;
const mib = 1024 * kib;

function streamOf(chunks: readonly Uint8Array[]): Stream {
  const pipe = new Pipe(() => undefined);
  const stream = new MemoryStream(
    { peer: "peer", protocol: "/x", direction: "inbound" },
    new Pipe(() => undefined),
    pipe,
  );
  const write = async (): Promise<void> => {
    for (const chunk of chunks) await pipe.write(chunk);
    pipe.end();
  };
  write().catch(() => undefined);
  return stream;
}

function framed(message: Uint8Array): Uint8Array {
  const head: number[] = [];
  let rest = message.length;
  for (; rest > 0x7f; rest >>= 7) head.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...head, rest, ...message]);
}

async function readAll(stream: Stream, memory: MessageMemory, bytesMax = mib): Promise<string[]> {
  const state = { isInside: false, heardAt: 0 };
  const read: string[] = [];
  for await (const bytes of readMessages(stream, { bytesMax, memory, state, now: () => 1 })) {
    read.push(hex(bytes));
  }
  expect(state.isInside).toBe(false);
  return read;
}

describe("reading", () => {
  test("gives the same messages however they are cut, and all memory back", async () => {
    const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 400 }), { maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(messages, cuts, async (list, sizes) => {
        const bytes = Buffer.concat(list.map(framed));
        const chunks: Uint8Array[] = [];
        for (let at = 0, count = 0; at < bytes.length; count += 1) {
          const end = at + (sizes[count % sizes.length] ?? 1);
          chunks.push(bytes.subarray(at, end));
          at = end;
        }
        const memory = new MessageMemory(mib);
        expect(await readAll(streamOf(chunks), memory)).toEqual(list.map(hex));
        expect(memory.outBytes).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  test("refuses messages over the limit, endless lengths, and an end in the middle", async () => {
    const memory = new MessageMemory(mib);
    const refusals: readonly (readonly [readonly number[], string])[] = [
      [[0xff, 0xff, 0xff, 0x7f], "longer than"],
      [[0x80, 0x80, 0x80, 0x80, 0x80], "does not end"],
      [[0x05, 1, 2], "ends in the middle"],
      [[0x85], "ends in the middle"],
    ];
    for (const [bytes, problem] of refusals) {
      const read = readAll(streamOf([Uint8Array.from(bytes)]), memory);
      await expect(read).rejects.toThrow(problem);
    }
    expect(await readAll(streamOf([Uint8Array.of(0, 0, 1, 7)]), memory)).toEqual(["07"]);
    expect(memory.outBytes).toBe(0);
  });

  test("memory is shared fairly: who holds more than his share gets no more", () => {
    const memory = new MessageMemory(8 * mib);
    const greedy = Array.from({ length: 3 }, () => memory.take("greedy", 2 * mib));
    expect(greedy.every((bytes) => bytes?.length === 2 * mib)).toBe(true);
    expect(memory.take("modest", 2 * mib)).toBeDefined();
    expect(memory.take("greedy", 2 * mib)).toBeUndefined();
    expect(memory.take("other", 64 * kib)).toBeDefined();
    for (const bytes of greedy) memory.give("greedy", bytes ?? new Uint8Array());
    const again = memory.take("greedy", 2 * mib);
    expect(greedy).toContain(again);
  });

  test("holds little for a peer that begins many large messages and ends none", async () => {
    const network = new MemoryNetwork();
    const [block] = [numberedBlock(1, 2 * kib)];
    await using node = await openNode(network.openHost(), {
      has: [block],
      bounds: { readingBytesMax: 16 * mib, readTimeoutMs: 100 },
    });
    await using hostile = await ScriptedPeer.open(network);
    await using honest = await ScriptedPeer.open(network);
    await hostile.host.connect(node.host.id);
    await honest.host.connect(node.host.id);
    const streams = await Promise.all(
      Array.from({ length: 40 }, () =>
        hostile.host.openStream(node.host.id, ["/ipfs/bitswap/1.2.0"]),
      ),
    );
    for (const stream of streams) {
      // 4 MiB are announced, a part comes
      await stream.send(Uint8Array.of(0x80, 0x80, 0x80, 0x02)).catch(() => undefined);
      await stream.send(new Uint8Array(900 * kib)).catch(() => undefined);
    }
    await eventually(() => !node.host.isConnected(hostile.id));
    await honest.send(node.host.id, { wants: [wantOf(block.cid)] });
    await eventually(() => honest.received.some(({ blocks }) => blocks.length === 1));
  });

  test("resets a stream whose peer stops in the middle of a message", async () => {
    const network = new MemoryNetwork();
    await using node = await openNode(network.openHost(), { bounds: { readTimeoutMs: 50 } });
    await using peer = await ScriptedPeer.open(network);
    await peer.host.connect(node.host.id);
    const stream = await peer.host.openStream(node.host.id, ["/ipfs/bitswap/1.2.0"]);
    await stream.send(Uint8Array.of(100, 1, 2));
    const idle = await peer.host.openStream(node.host.id, ["/ipfs/bitswap/1.2.0"]);
    await eventually(() => stream.closed.aborted);
    expect(idle.closed.aborted).toBe(false);
    expect(node.host.isConnected(peer.id)).toBe(true);
  });
});

test("blocks that nobody looks at go through memory that the sink lends", async () => {
  const network = new MemoryNetwork();
  const blocks = Array.from({ length: 20 }, (_, index) => numberedBlock(index, 100 * kib));
  await using there = await openNode(network.openHost(), { has: blocks });
  await using here = await openNode(network.openHost());
  await here.host.connect(there.host.id);
  const lent = new Set<Uint8Array>();
  const seen: string[] = [];
  let isOwn = true;
  const sink = {
    allocate: (sizeBytes: number) => {
      const bytes = new Uint8Array(sizeBytes);
      lent.add(bytes);
      return bytes;
    },
    put: (_: unknown, bytes: Uint8Array): void => {
      isOwn &&= lent.has(bytes);
      seen.push(hex(bytes));
      // what was lent is used again
      bytes.fill(0);
    },
  };
  await using session = here.exchange.openSession({ sink });
  const sizes = await Promise.all(blocks.map(async ({ cid }) => session.store?.(cid)));
  expect(sizes).toEqual(blocks.map(() => 100 * kib));
  expect(seen.toSorted()).toEqual(blocks.map(({ bytes }) => hex(bytes)).toSorted());
  expect(isOwn).toBe(true);

  // one who looks at it gets memory of his own
  const [block] = [numberedBlock(99, 100 * kib)];
  there.blocks.put(block.cid, block.bytes);
  there.exchange.arrived(block.cid, block.bytes);
  const keep = { put: () => undefined, allocate: sink.allocate };
  await using other = here.exchange.openSession({ sink: keep });
  const [, bytes] = await Promise.all([other.store?.(block.cid), other.fetch(block.cid)]);
  expect(hex(bytes)).toBe(hex(block.bytes));
  expect(lent.has(bytes)).toBe(false);
});
