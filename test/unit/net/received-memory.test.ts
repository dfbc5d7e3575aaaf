// Goal: memory of what came from a socket is freed when its last byte is released, and never before anybody has read it.
// Method: two hosts on the loopback over TLS; many streams at once, cut by yamux and the sockets as they like, each byte
// checked; and what a reader that keeps chunks holds, and one that gives them back.

import { afterAll, beforeAll, expect, test } from "bun:test";

import type { Host } from "#net";
import { connectHosts, openTestHost, waitFor } from "#test/net-host";

const mebibyte = 1 << 20;
const streams = 12;
let a: Host;
let b: Host;

beforeAll(async () => {
  a = await openTestHost();
  b = await openTestHost();
  await connectHosts(a, b);
});

afterAll(async () => {
  await a[Symbol.asyncDispose]();
  await b[Symbol.asyncDispose]();
});

/** Byte `at` of stream `index`. */
const byteOf = (index: number, at: number): number => (index * 31 + at * 7 + (at >> 8)) & 0xff;

function made(index: number, start: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, offset) => byteOf(index, start + offset));
}

/** Sends so many bytes over every stream at once, in pieces of odd sizes. */
async function sendAll(protocol: string, bytes: number): Promise<void> {
  const send = async (index: number): Promise<void> => {
    const stream = await a.openStream(b.id, [protocol]);
    await stream.send(Uint8Array.of(index));
    for (let at = 0, size = 1 + index * 977; at < bytes; size = (size * 3 + 11) % 150_000) {
      const length = Math.min(size + 1, bytes - at);
      await stream.send(made(index, at, length));
      at += length;
    }
    await stream.close();
  };
  await Promise.all(Array.from({ length: streams }, (_, index) => send(index)));
}

interface Seen {
  bytes: number;
  wrong: number;
}

async function checkStream(chunks: AsyncIterable<Uint8Array>, seen: Seen): Promise<void> {
  let index = -1;
  let at = 0;
  for await (const chunk of chunks) {
    const body = index < 0 ? chunk.subarray(1) : chunk;
    if (index < 0) index = chunk[0] ?? -1;
    for (let i = 0; i < body.length; i += 1) if (body[i] !== byteOf(index, at + i)) seen.wrong += 1;
    at += body.length;
    seen.bytes += body.length;
  }
}

test("lent chunks of many streams come whole, while what others have read is freed", async () => {
  const bytes = 6 * mebibyte;
  const seen = { bytes: 0, wrong: 0 };
  await b.handle(["/test/lent/1"], async (stream) => {
    await checkStream(stream.chunks({ isLent: true }), seen);
    await stream.close();
  });
  await sendAll("/test/lent/1", bytes);
  await waitFor(() => seen.bytes === streams * bytes);
  expect(seen).toEqual({ bytes: streams * bytes, wrong: 0 });
}, 30_000);

test("a chunk that is given back is empty afterwards, and one that is kept stays", async () => {
  const kept: Uint8Array[] = [];
  const lent: Uint8Array[] = [];
  const done = Promise.withResolvers<void>();
  await b.handle(["/test/kept/1"], async (stream) => {
    for await (const chunk of stream.chunks()) kept.push(chunk);
    await stream.close();
    done.resolve();
  });
  await b.handle(["/test/given/1"], async (stream) => {
    for await (const chunk of stream.chunks({ isLent: true })) lent.push(chunk);
    await stream.close();
  });
  const body = made(1, 0, 300_000);
  for (const protocol of ["/test/given/1", "/test/kept/1"]) {
    const stream = await a.openStream(b.id, [protocol]);
    await stream.send(body);
    await stream.close();
  }
  await done.promise;
  expect(Buffer.concat(kept).equals(body)).toBe(true);
  expect(lent.filter((chunk) => chunk.length === 0).length).toBeGreaterThan(0);
});
