// Goal: when a stream's protocol is agreed upon, exactly what was read of the negotiation is given back, however it came:
// the reader of the protocol finds his bytes, no buffer that was read to its end is kept, and a peer that never agrees
// fills no memory. Method: libp2p's own muxer and reader over a connection that gets yamux frames made by hand.

import { expect, test } from "bun:test";

import type { Stream } from "@libp2p/interface";
import { AbstractMessageStream, lpStream, type SendResult } from "@libp2p/utils";
import { yamux } from "@libp2p/yamux";
import { array, assert, asyncProperty, boolean, integer } from "fast-check";

import { quietLogger } from "../../../src/net/host-logger.ts";
import { lengthPrefix } from "../../../src/net/streams/length-prefix.ts";
import {
  countingMuxer,
  ownReceived,
  releaseNegotiation,
  releaseReceived,
} from "../../../src/net/streams/received-memory.ts";

const protocol = "/test/1";
const negotiation = Buffer.concat(["/multistream/1.0.0", protocol].map(line));
/** Of the protocol; it comes right behind the negotiation. */
const body = Uint8Array.from({ length: 300 }, (_, at) => at);

function line(text: string): Uint8Array {
  return Buffer.concat([lengthPrefix(text.length + 1), Buffer.from(`${text}\n`)]);
}

/** Takes lines until the protocol is named, as libp2p's multistream-select. */
async function negotiate(stream: Stream): Promise<void> {
  const lines = lpStream(stream);
  for (let said = ""; said !== `${protocol}\n`;) {
    said = Buffer.from((await lines.read()).subarray()).toString();
    await lines.write(Buffer.from(said));
  }
  lines.unwrap();
}

/** Hears what the test says, and is not listened to. */
class TestConnection extends AbstractMessageStream {
  constructor() {
    super({ log: quietLogger().forComponent("test"), direction: "inbound" });
  }

  /** As from a socket: bytes in a buffer of their own. */
  receive(bytes: Uint8Array): Uint8Array {
    const received = Uint8Array.from(bytes);
    ownReceived(received);
    this.onData(received);
    return received;
  }

  override sendData({ byteLength }: { readonly byteLength: number }): SendResult {
    return { sentBytes: byteLength, canSendMore: true };
  }

  override close(): Promise<void> {
    return Promise.resolve();
  }

  override sendReset(): void {}
  override sendPause(): void {}
  override sendResume(): void {}
}

const [synFlag, noFlag] = [1, 0];

function dataFrame(data: Uint8Array, flag: number): Uint8Array {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(flag, 2);
  head.writeUInt32BE(1, 4);
  head.writeUInt32BE(data.length, 8);
  return Buffer.concat([head, data]);
}

/** The same bytes, cut at these places. */
function cutAt(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set([...places, bytes.length])].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

/** A connection, and the stream that its first frame opens. */
function begin(): { readonly connection: TestConnection; readonly stream: Promise<Stream> } {
  const connection = new TestConnection();
  const muxer = countingMuxer(yamux({ enableKeepAlive: false })()).createStreamMuxer(connection);
  const stream = new Promise<Stream>((resolve) => {
    muxer.addEventListener("stream", ({ detail }) => resolve(detail), { once: true });
  });
  return { connection, stream };
}

function framesOf(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  return pieces.map((piece, index) => dataFrame(piece, index === 0 ? synFlag : noFlag));
}

interface Dialogue {
  readonly buffers: readonly Uint8Array[];
  readonly bodyRead: Uint8Array;
}

/** Receives these bytes, a buffer a turn or all at once, negotiates, and reads what follows as one who gives it back. */
async function readAfterNegotiation(
  received: readonly Uint8Array[],
  { isAtOnce }: { readonly isAtOnce: boolean },
): Promise<Dialogue> {
  const { connection, stream } = begin();
  const bodyRead = stream.then(readBody);
  const buffers: Uint8Array[] = [];
  for (const bytes of received) {
    buffers.push(connection.receive(bytes));
    if (!isAtOnce) await turn();
  }
  return { buffers, bodyRead: await bodyRead };
}

async function readBody(stream: Stream): Promise<Uint8Array> {
  await negotiate(stream);
  if (!(stream instanceof AbstractMessageStream)) throw new Error("another kind of stream");
  releaseNegotiation(stream);
  const read: Uint8Array[] = [];
  await new Promise<void>((resolve) => {
    let left = body.length;
    stream.addEventListener("message", ({ data }) => {
      for (const piece of data instanceof Uint8Array ? [data] : data) {
        read.push(Uint8Array.from(piece));
        left -= piece.length;
        releaseReceived(piece);
      }
      if (left <= 0) resolve();
    });
  });
  return Buffer.concat(read);
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

test("a negotiation that came in pieces frees what it read, and not what came behind it in its last piece", async () => {
  const pieces = cutAt(Buffer.concat([negotiation, body]), [10, negotiation.length + 4]);
  const { buffers, bodyRead } = await readAfterNegotiation(framesOf(pieces), {
    isAtOnce: true,
  });
  expect(Buffer.from(bodyRead).equals(body)).toBe(true);
  expect(buffers.map(({ length }) => length)).toEqual([0, 0, 0]);
});

const whole = Buffer.concat([negotiation, body]);
const cuts = array(integer({ min: 1, max: whole.length - 1 }), { maxLength: 8 });

test("whatever the frames, the reader finds his bytes, and all that was read is freed", async () => {
  await assert(
    asyncProperty(cuts, boolean(), async (places, isAtOnce) => {
      const frames = framesOf(cutAt(whole, places));
      const { buffers, bodyRead } = await readAfterNegotiation(frames, { isAtOnce });
      expect(Buffer.from(bodyRead).equals(body)).toBe(true);
      expect(buffers.filter(({ length }) => length > 0)).toEqual([]);
    }),
  );
});

test("wherever the frames are cut, the reader finds his bytes", async () => {
  await assert(
    asyncProperty(cuts, cuts, boolean(), async (places, others, isAtOnce) => {
      const bytes = Buffer.concat(framesOf(cutAt(whole, places)));
      const { bodyRead } = await readAfterNegotiation(cutAt(bytes, others), { isAtOnce });
      expect(Buffer.from(bodyRead).equals(body)).toBe(true);
    }),
  );
});

test("what a peer says that never agrees is not kept", async () => {
  const { connection, stream } = begin();
  const received: WeakRef<ArrayBufferLike>[] = [];
  const say = (text: string): void => {
    const flag = received.length === 0 ? synFlag : noFlag;
    const { buffer } = connection.receive(dataFrame(line(text), flag));
    received.push(new WeakRef(buffer));
  };
  say("/multistream/1.0.0");
  const negotiated = negotiate(await stream);
  for (let round = 0; round < 1000; round += 1) {
    say("/test/unknown");
    if (round % 100 === 0) await turn();
  }
  say(protocol);
  await negotiated;
  Bun.gc(true);
  expect(received.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(500);
});
