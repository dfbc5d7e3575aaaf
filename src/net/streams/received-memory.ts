import type {
  MessageStream,
  Stream,
  StreamMessageEvent,
  StreamMuxerFactory,
} from "@libp2p/interface";
import { AbstractMessageStream, AbstractStreamMuxer } from "@libp2p/utils";

import { freeMemory } from "#lib";

const headerBytes = 12;
/** Data frames have bodies, all others are a header alone. https://github.com/hashicorp/yamux/blob/master/spec.md */
const dataFrame = 0;

/** Buffers that belong to nobody else → bytes of data frames in them that are still to be read. */
const unread = new WeakMap<ArrayBufferLike, number>();

/**
 * The runtime makes a fresh buffer for whatever comes from a socket, and left alone the garbage collector frees it much
 * later: then a fast fetch holds a hundred megabytes more, and spends a fifth of its time on touching new memory. What is
 * announced here is freed when its last byte is released. Only for bytes to which nobody else holds a view.
 */
export function ownReceived({ buffer, byteLength }: Uint8Array): void {
  if (buffer.byteLength === byteLength) unread.set(buffer, 0);
}

/** Nobody looks at these bytes of a stream any more. Bytes that were not announced are the garbage collector's. */
export function releaseReceived(bytes: Uint8Array): void {
  const { buffer, length } = bytes;
  const left = unread.get(buffer);
  if (left === undefined || length === 0) return;
  if (left > length) {
    unread.set(buffer, left - length);
    return;
  }
  unread.delete(buffer);
  freeMemory(bytes);
}

/** The muxers that it makes run over connections whose frames are counted. */
export function countingMuxer(factory: StreamMuxerFactory): StreamMuxerFactory {
  const { protocol } = factory;
  return {
    protocol,
    createStreamMuxer: (connection) => {
      // before the muxer sees a byte
      countReceived(connection);
      const muxer = factory.createStreamMuxer(connection);
      if (muxer instanceof AbstractStreamMuxer) watchNegotiations(muxer);
      return muxer;
    },
  };
}

/** A negotiation comes in a piece or two: so many are remembered, and what follows is the garbage collector's. */
const negotiationPiecesMax = 16;

interface Negotiation {
  /** What came first. */
  readonly pieces: Uint8Array[];
  /** All that came. */
  bytes: number;
}

/** Streams whose protocol is not agreed upon yet. */
const negotiating = new WeakMap<object, Negotiation>();

/** Notes what comes on the streams of a muxer before their protocols are known. */
function watchNegotiations(muxer: AbstractStreamMuxer): void {
  const createStream = muxer.createStream.bind(muxer);
  muxer.createStream = async (options) => {
    const stream = await createStream(options);
    watchNegotiation(stream);
    return stream;
  };
  const onRemoteStream = muxer.onRemoteStream.bind(muxer);
  muxer.onRemoteStream = (stream) => {
    watchNegotiation(stream);
    onRemoteStream(stream);
  };
}

function watchNegotiation(stream: Stream): void {
  if (!(stream instanceof AbstractMessageStream)) return;
  negotiating.set(stream, { pieces: [], bytes: 0 });
  const onData = stream.onData.bind(stream);
  stream.onData = (data) => {
    const negotiation = negotiating.get(stream);
    if (negotiation !== undefined) note(negotiation, data);
    onData(data);
  };
}

function note(negotiation: Negotiation, data: StreamMessageEvent["data"]): void {
  negotiation.bytes += data.byteLength;
  for (const piece of data instanceof Uint8Array ? [data] : data) {
    if (negotiation.pieces.length === negotiationPiecesMax) return;
    negotiation.pieces.push(piece);
  }
}

/** The stream's protocol is known: what it does not hold any more was the negotiation, which is over. */
export function releaseNegotiation(stream: AbstractMessageStream): void {
  const { pieces = [], bytes = 0 } = negotiating.get(stream) ?? {};
  let left = bytes - stream.readBufferLength;
  for (const piece of pieces) {
    if (left <= 0) break;
    // what is freed has no length any more
    const { length } = piece;
    releaseReceived(piece.subarray(0, left));
    left -= length;
  }
  negotiating.delete(stream);
}

/** Counts the streams' bytes in what comes over a connection. */
function countReceived(connection: MessageStream): void {
  const counter = new FrameCounter();
  connection.addEventListener("message", ({ data }) => {
    const pieces = data instanceof Uint8Array ? [data] : data;
    for (const piece of pieces) {
      const count = counter.dataBytesOf(piece);
      if (!unread.has(piece.buffer)) continue;
      const isWhole = piece.length === piece.buffer.byteLength;
      // the muxer keeps a header until the frame is whole, and somebody else the rest of what came in parts
      if (isWhole && count > 0 && !counter.isInHeader) unread.set(piece.buffer, count);
      else unread.delete(piece.buffer);
    }
  });
}

/** Follows the frames of a yamux connection. */
class FrameCounter {
  #headerLeft = headerBytes;
  #type = 0;
  #length = 0;
  #bodyLeft = 0;

  /** The last bytes are a header, or its begin, that waits for what follows. */
  get isInHeader(): boolean {
    if (this.#bodyLeft > 0) return this.#bodyLeft === this.#length;
    return this.#headerLeft < headerBytes;
  }

  /** How many of the next bytes are the bodies of frames. */
  dataBytesOf(bytes: Uint8Array): number {
    let count = 0;
    for (let at = 0; at < bytes.length;) {
      if (this.#bodyLeft === 0) {
        this.#header(bytes[at] ?? 0);
        at += 1;
        continue;
      }
      const part = Math.min(this.#bodyLeft, bytes.length - at);
      this.#bodyLeft -= part;
      count += part;
      at += part;
    }
    return count;
  }

  #header(byte: number): void {
    const index = headerBytes - this.#headerLeft;
    if (index === 1) this.#type = byte;
    if (index === 8) this.#length = 0;
    if (index >= 8) this.#length = this.#length * 256 + byte;
    this.#headerLeft -= 1;
    if (this.#headerLeft > 0) return;
    this.#bodyLeft = this.#type === dataFrame ? this.#length : 0;
    this.#headerLeft = headerBytes;
  }
}
