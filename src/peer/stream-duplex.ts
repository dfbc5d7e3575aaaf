import { Duplex } from "node:stream";

import { asError } from "#lib";
import type { Stream } from "#net";

/** A libp2p stream as node's own: back-pressure and half-close go through. */
export class StreamDuplex extends Duplex {
  readonly #stream: Stream;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #isReading = false;

  constructor(stream: Stream) {
    super({ allowHalfOpen: true });
    this.#stream = stream;
    this.#chunks = stream.chunks()[Symbol.asyncIterator]();
    const onClosed = (): void => void this.destroy();
    stream.closed.addEventListener("abort", onClosed, { once: true });
  }

  override _read(): void {
    if (!this.#isReading) void this.#pull();
  }

  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    void settle(this.#stream.send(bytes), done);
  }

  override _final(done: (error?: Error) => void): void {
    void settle(this.#stream.closeWrite(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error === null && this.writableFinished) {
      void this.#close();
    } else {
      this.#stream.abort(error ?? new Error("the HTTP connection was closed"));
    }
    done(error);
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
