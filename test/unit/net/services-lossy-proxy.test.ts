// Goal: the bad line that other tests use behaves as it says. Method: an echo server behind it, seen through plain sockets.

import { afterAll, expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";

import { type LossyProxyOptions, openLossyProxy } from "#test/lossy-proxy";

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

async function openLine(options: Omit<LossyProxyOptions, "port">): Promise<{
  readonly socket: Socket;
  readonly proxy: Awaited<ReturnType<typeof openLossyProxy>>;
}> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined); // cut by the proxy
    socket.pipe(socket);
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  stack.defer(() => void server.close());
  const proxy = stack.use(await openLossyProxy({ port, ...options }));
  const socket = connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true });
  stack.defer(() => void socket.destroy());
  return { socket, proxy };
}

/** What comes back, whole. */
async function echo(socket: Socket, bytes: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  socket.on("data", (piece: Uint8Array) => pieces.push(piece));
  socket.end(bytes);
  await new Promise((resolve, reject) => {
    socket.on("end", resolve);
    socket.on("error", reject);
  });
  return new Uint8Array(Buffer.concat(pieces));
}

function pattern(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => index % 251);
}

test("bytes arrive whole and in order after the delay of both ways", async () => {
  const { socket } = await openLine({ delayMs: 50 });
  const began = performance.now();
  const bytes = pattern(300_000);
  expect(Bun.hash(await echo(socket, bytes))).toBe(Bun.hash(bytes));
  expect(performance.now() - began).toBeGreaterThan(99);
});

test("a narrow line takes its time", async () => {
  const { socket } = await openLine({ bytesPerSecond: 1_000_000 });
  const began = performance.now();
  await echo(socket, pattern(200_000));
  expect(performance.now() - began).toBeGreaterThan(190);
});

test("losses are waits, the same ones for the same seed", async () => {
  const times: number[] = [];
  for (const seed of [7, 7]) {
    const { socket } = await openLine({ loss: 0.5, retransmitMs: 60, seed });
    const began = performance.now();
    const bytes = pattern(5_000);
    expect(Bun.hash(await echo(socket, bytes))).toBe(Bun.hash(bytes));
    times.push(performance.now() - began);
  }
  expect(Math.max(...times)).toBeGreaterThan(59);
});

test("a stalled line lets nothing through until it goes on", async () => {
  const { socket, proxy } = await openLine({});
  let isBack = false;
  proxy.stall();
  const back = echo(socket, pattern(10)).then((bytes) => {
    isBack = true;
    return bytes;
  });
  await Bun.sleep(50);
  expect(isBack).toBe(false);
  proxy.resume();
  expect(await back).toHaveLength(10);
});

test("a cut resets the connection", async () => {
  const { socket } = await openLine({ cutAfterBytes: 100_000 });
  const outcome = await echo(socket, pattern(1_000_000)).then(
    ({ length }) => length,
    () => "reset",
  );
  expect(outcome === "reset" || Number(outcome) < 1_000_000).toBe(true);
});
