import { Duplex } from "node:stream";

import { asError } from "./coded-error.ts";

/** Bytes both ways with back-pressure and half-close. */
export interface ByteStream {
  /** Who is at the other end. */
  readonly peer: string;
  /** The IP address there, where it is known. */
  readonly ip?: string | undefined;
  /** Bytes as they come, until the other side has said all. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more. The memory must not change afterwards. */
  send(bytes: Uint8Array): Promise<void>;
  /** Nothing more will be sent; what was sent arrives. */
  closeWrite(): Promise<void>;
  /** Both ways; what was sent arrives. */
  close(): Promise<void>;
  /** Both ways, at once. */
  abort(reason: Error): void;
  /** Aborted when the stream is gone. */
  readonly closed: AbortSignal;
}

/** A byte stream as node's own: back-pressure and half-close go through. */
export class StreamDuplex extends Duplex {
  /** Who is at the other end, where a socket has an address. */
  readonly remoteAddress: string;
  readonly #stream: ByteStream;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #isReading = false;

  constructor(stream: ByteStream) {
    super({ allowHalfOpen: true, decodeStrings: false });
    this.#stream = stream;
    this.remoteAddress = stream.peer;
    this.#chunks = stream.chunks()[Symbol.asyncIterator]();
    const onClosed = (): void => {
      // who has said all may still read what came before the end, and is told of a reset there
      if (!this.writableEnded) this.destroy();
    };
    stream.closed.addEventListener("abort", onClosed, { once: true });
  }

  override _read(): void {
    if (!this.#isReading) void this.#pull();
  }

  override _write(
    chunk: Uint8Array | string,
    encoding: BufferEncoding,
    done: (error?: Error) => void,
  ): void {
    const bytes = typeof chunk === "string" ? this.encode(chunk, encoding) : chunk;
    void settle(this.#stream.send(bytes), done);
  }

  override _final(done: (error?: Error) => void): void {
    void settle(this.#stream.closeWrite(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error === null && this.writableFinished) void this.#close();
    else this.#stream.abort(error ?? new Error("the connection was closed"));
    done(error);
  }

  /** What was written as text, as bytes. */
  protected encode(text: string, encoding: BufferEncoding): Uint8Array {
    return Buffer.from(text, encoding);
  }

  /** What was sent arrives. Never rejects. */
  async #close(): Promise<void> {
    try {
      await this.#stream.close();
    } catch (cause) {
      this.#stream.abort(asError(cause));
    }
  }

  /** Never rejects. */
  async #pull(): Promise<void> {
    this.#isReading = true;
    try {
      const { done, value } = await this.#chunks.next();
      this.#isReading = false;
      this.push(done === true ? null : value);
    } catch (cause) {
      this.#isReading = false;
      this.destroy(asError(cause));
    }
  }
}

/** Never rejects. */
async function settle(work: Promise<void>, done: (error?: Error) => void): Promise<void> {
  const failure = await work.then(() => undefined, asError);
  done(failure);
}
