// Goal: streams keep their promises: order, limits, back-pressure, clean and unclean ends, signals. Method: two hosts on the
// loopback and handlers that behave well, slowly, or badly; for memory, the slow reader is a process of its own.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { once } from "node:events";
import { join } from "node:path";

import { array, assert, integer, nat, oneof, property } from "fast-check";

import { StreamDuplex } from "#lib";
import type { Host, Stream } from "#net";
import { connectHosts, openTestHost, waitFor } from "#test/net-host";
import { projectFolder } from "#test/source-files";

import { lengthPrefix } from "../../../src/net/streams/length-prefix.ts";
import { MessageAssembler } from "../../../src/net/streams/message-assembler.ts";

const mebibyte = 1 << 20;
let a: Host;
let b: Host;
let count = 0;

beforeAll(async () => {
  a = await openTestHost();
  b = await openTestHost();
  await connectHosts(a, b);
});

afterAll(async () => {
  await a[Symbol.asyncDispose]();
  await b[Symbol.asyncDispose]();
});

/** Opens a stream to `b`, where the handler answers it. */
async function opened(handler: (stream: Stream) => Promise<void>): Promise<Stream> {
  const protocol = `/test/${(count += 1)}`;
  await b.handle([protocol], handler);
  return a.openStream(b.id, [protocol]);
}

async function collect(messages: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

test("messages of any sizes come whole and in order, whatever the pieces", () => {
  assert(
    property(
      array(oneof(nat(300), nat(200_000)), { maxLength: 8 }),
      array(integer({ min: 1, max: 90_000 }), { minLength: 1, maxLength: 20 }),
      (sizes, cuts) => {
        const sent = sizes.map((size, index) => new Uint8Array(size).fill(index + 1));
        const bytes = Buffer.concat(sent.flatMap((one) => [lengthPrefix(one.length), one]));
        const assembler = new MessageAssembler("peer", 200_000);
        const received: Uint8Array[] = [];
        for (let at = 0, index = 0; at < bytes.length; index += 1) {
          const cut = cuts[index % cuts.length] ?? 1;
          received.push(...assembler.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        expect(received).toEqual(sent);
        expect(assembler.isInside).toBe(false);
      },
    ),
    { numRuns: 60 },
  );
});

test("an announced length over the limit, or without an end, is refused before memory is taken", () => {
  const over = new MessageAssembler("peer", 1000);
  expect(() => [...over.push(lengthPrefix(1001))]).toThrow("over the limit of 1000");
  const endless = new MessageAssembler("peer", 2 ** 40);
  expect(() => [...endless.push(new Uint8Array(20).fill(128))]).toThrow("does not end");
});

test("a stream tells who is at its other end, and where", async () => {
  const met = Promise.withResolvers<Stream>();
  const stream = await opened(async (other) => met.resolve(other));
  const other = await met.promise;
  expect([other.peer, other.ip, stream.peer, stream.ip]).toEqual([
    a.id,
    "127.0.0.1",
    b.id,
    "127.0.0.1",
  ]);
  stream.abort(new Error("seen"));
});

test("what is sent comes back, in parts as one message, and both sides end cleanly", async () => {
  const stream = await opened(async (other) => {
    for await (const message of other.messages({ bytesMax: 4 * mebibyte })) {
      await other.sendMessage([message.subarray(0, 1), message.subarray(1)]);
    }
    await other.close();
  });
  const messages = [0, 1, 127, 128, 70_000, 3 * mebibyte].map((size) =>
    new Uint8Array(size).fill(5),
  );
  const echoed = collect(stream.messages({ bytesMax: 4 * mebibyte }));
  for (const message of messages) await stream.sendMessage([message]);
  await stream.closeWrite();
  expect((await echoed).map(({ length }) => length)).toEqual(messages.map(({ length }) => length));
  await stream.close();
  expect(stream).toMatchObject({ peer: b.id, direction: "outbound", isLimited: false });
  await waitFor(() => b.connections().every(({ streams }) => streams.length === 0));
  expect(stream.closed.aborted).toBe(true);
});

test("what was sent before close arrives, though the sender reads no more", async () => {
  let received = 0;
  const done = Promise.withResolvers<void>();
  const stream = await opened(async (other) => {
    for await (const chunk of other.chunks()) {
      received += chunk.length;
      await Bun.sleep(1);
    }
    await other.close();
    done.resolve();
  });
  await stream.send(new Uint8Array(6 * mebibyte));
  await stream.close();
  await done.promise;
  expect(received).toBe(6 * mebibyte);
});

test("a sender waits for a reader that does not read, and stops waiting when told", async () => {
  const end = Promise.withResolvers<void>();
  const stream = await opened(async (other) => {
    await end.promise;
    await other.close();
  });
  const controller = new AbortController();
  let sent = 0;
  const sending = (async () => {
    for (;;) {
      await stream.send(new Uint8Array(mebibyte / 4), { signal: controller.signal });
      sent += 1;
    }
  })();
  let before = -1;
  await waitFor(() => {
    const isStill = before === sent && sent > 0;
    before = sent;
    return isStill;
  });
  await Bun.sleep(100);
  expect(sent).toBeLessThan(24);
  controller.abort(new Error("enough"));
  await expect(sending).rejects.toThrow("enough");
  stream.abort(new Error("over"));
  end.resolve();
});

test("a reader that waits stops waiting when told, and can go on", async () => {
  const go = Promise.withResolvers<void>();
  const stream = await opened(async (other) => {
    await go.promise;
    await other.sendMessage([new Uint8Array(3)]);
    await other.close();
  });
  const signal = AbortSignal.timeout(20);
  await expect(collect(stream.messages({ bytesMax: 10, signal }))).rejects.toThrow();
  go.resolve();
  expect(await collect(stream.messages({ bytesMax: 10 }))).toHaveLength(1);
  await stream.close();
});

test("a handler that throws resets the stream, and the other side learns it", async () => {
  const stream = await opened(() => Promise.reject(new Error("no")));
  await expect(collect(stream.chunks())).rejects.toMatchObject({ code: "STREAM_RESET" });
  await expect(stream.send(new Uint8Array(1))).rejects.toMatchObject({ code: "STREAM_RESET" });
  expect(stream.closed.aborted).toBe(true);
});

test("an end inside a message is no end", async () => {
  const stream = await opened(async (other) => {
    await other.send(Uint8Array.of(10, 1, 2, 3));
    await other.close();
  });
  await expect(collect(stream.messages({ bytesMax: 10 }))).rejects.toThrow("inside a message");
  await stream.close();
});

test("a lost connection is not taken for the end of what was sent", async () => {
  await using c = await openTestHost();
  await c.handle(["/test/lost/1"], async (other) => {
    await other.send(new Uint8Array(3));
    await new Promise(() => undefined);
  });
  await connectHosts(a, c);
  const stream = await a.openStream(c.id, ["/test/lost/1"]);
  const reading = collect(stream.chunks());
  reading.catch(() => undefined);
  await c.disconnect(a.id);
  await expect(reading).rejects.toMatchObject({ code: "STREAM_RESET" });
});

test("a message over the reader's limit is refused", async () => {
  const stream = await opened(async (other) => {
    await other.sendMessage([new Uint8Array(11)]);
    await other.close();
  });
  await expect(collect(stream.messages({ bytesMax: 10 }))).rejects.toMatchObject({
    code: "MESSAGE_TOO_LARGE",
  });
  stream.abort(new Error("too large"));
});

test("messages of callers that do not wait for each other stay whole", async () => {
  const stream = await opened(async (other) => {
    for await (const message of other.messages({ bytesMax: mebibyte })) {
      if (new Set(message).size > 1) throw new Error("mixed");
      await other.sendMessage([message.subarray(0, 1)]);
    }
    await other.close();
  });
  const half = mebibyte / 4;
  const sends = Array.from({ length: 24 }, (_, index) =>
    stream.sendMessage([new Uint8Array(half).fill(index), new Uint8Array(half).fill(index)]),
  );
  const marks = collect(stream.messages({ bytesMax: 10 }));
  await Promise.all(sends);
  await stream.closeWrite();
  expect((await marks).map(([first]) => first)).toEqual([...sends.keys()]);
  await stream.close();
});

test("as node's duplex, what came is read to its end though both sides have closed by then", async () => {
  const body = new Uint8Array(200_000).fill(7);
  const stream = await opened(async (other) => {
    await collect(other.chunks());
    await other.send(body);
    await other.close();
  });
  const duplex = new StreamDuplex(stream);
  duplex.end("request");
  await once(duplex, "readable");
  await waitFor(() => stream.closed.aborted);
  expect(Buffer.concat(await Array.fromAsync(duplex)).equals(body)).toBe(true);
});

test("of a peer's streams no more than the handler's limit are open at once", async () => {
  let open = 0;
  let most = 0;
  const end = Promise.withResolvers<void>();
  await b.handle(
    ["/test/few/1"],
    async (stream) => {
      most = Math.max(most, (open += 1));
      await stream.send(new Uint8Array(1));
      await end.promise;
      await stream.close();
      open -= 1;
    },
    { inboundStreamsMax: 4 },
  );
  const attempts = await Promise.allSettled(
    Array.from({ length: 200 }, async () => {
      const stream = await a.openStream(b.id, ["/test/few/1"]);
      for await (const _ of stream.chunks()) return stream;
      throw new Error("nothing came");
    }),
  );
  const served = attempts.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  expect(served.length).toBeLessThanOrEqual(4);
  expect(most).toBeLessThanOrEqual(4);
  end.resolve();
  await Promise.all(served.map((stream) => stream.close()));
  await waitFor(() => b.connections().every(({ streams }) => streams.length === 0));
  const again = await a.openStream(b.id, ["/test/few/1"]);
  await again.close();
});

test("a slow reader holds its process under 200 MB while the sender could send gigabytes", async () => {
  const program = join(projectFolder, "test", "support", "net-slow-reader.ts");
  const child = Bun.spawn([process.execPath, program], { stdin: "pipe", stdout: "pipe" });
  const output = child.stdout.getReader();
  const first = await output.read();
  const address = new TextDecoder().decode(first.value).trim();
  await a.connect(address);
  const stream = await a.openStream(address.split("/p2p/")[1] ?? "", ["/test/slow/1"]);
  const message = new Uint8Array(mebibyte / 2);
  for (let sent = 0; sent < 160; sent += 1) await stream.sendMessage([message]);
  await stream.closeWrite();
  const told = Buffer.concat(await collect(stream.chunks())).toString();
  await stream.close();
  expect(Number(told)).toBeLessThan(200);
  expect(Number(told)).toBeGreaterThan(10);
  await child.stdin.end();
  expect(await child.exited).toBe(0);
}, 20_000);
