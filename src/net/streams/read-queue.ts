import type { Stream as Libp2pStream } from "@libp2p/interface";

import { abortReason, asError } from "#lib";

import { StreamResetError } from "../errors.ts";

/** While more than this waits for the consumer, the stream is paused; the peer may then send one more window. */
const queueBytesMax = 256 * 1024;

type Piece = Libp2pStream extends AsyncIterable<infer Chunk> ? Chunk : never;

/**
 * The bytes of a libp2p stream, pulled. libp2p's own iterator queues without end when its consumer is slow; this one
 * pauses the stream, which stops the window updates, which stops the peer.
 */
export class ReadQueue {
  readonly #stream: Libp2pStream;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #isListening = false;
  #isResuming = false;
  #isClosedByPeer: boolean;
  #isEnded = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: Libp2pStream) {
    this.#stream = stream;
    this.#isClosedByPeer = stream.remoteWriteStatus === "closed" && stream.status === "open";
    if (stream.status !== "open") this.#fail(new StreamResetError(`it is ${stream.status}`));
    stream.addEventListener("remoteCloseWrite", this.#onRemoteCloseWrite);
    stream.addEventListener("end", this.#onEnd);
    stream.addEventListener("close", this.#onClose);
    this.#setPaused(true);
  }

  /** Everything that is here; waits for something. Undefined when the peer has closed its side. */
  async take(signal?: AbortSignal): Promise<readonly Uint8Array[] | undefined> {
    while (this.#pieces.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isEnded) return undefined;
      await this.#more(signal);
    }
    const pieces = this.#pieces;
    this.#pieces = [];
    this.#bytes = 0;
    return pieces;
  }

  /** Nobody will read any more. */
  stop(): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#stream.removeEventListener("message", this.#onMessage);
  }

  #more(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(abortReason(signal));
      const onAbort = (): void => {
        this.#wake = undefined;
        reject(abortReason(signal));
      };
      this.#wake = () => {
        this.#wake = undefined;
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#listen();
    });
  }

  #listen(): void {
    if (!this.#isListening) {
      this.#isListening = true;
      this.#stream.addEventListener("message", this.#onMessage);
    }
    this.#isResuming = true;
    this.#setPaused(false);
    this.#isResuming = false;
    this.#pauseWhenFull();
    this.#lookForEnd();
  }

  /** A stream that is gone can be neither paused nor resumed; its events tell the rest. */
  #setPaused(isPaused: boolean): void {
    const { readStatus } = this.#stream;
    if (readStatus === "closed" || readStatus === "closing") return;
    try {
      if (isPaused) this.#stream.pause();
      else this.#stream.resume();
    } catch (thrown) {
      // resuming first hands out what had come, then tells the peer, which may be gone
      if (this.#stream.status === "open") this.#fail(asError(thrown));
    }
  }

  readonly #onMessage = (event: { readonly data: Piece }): void => {
    if (event.data instanceof Uint8Array) this.#pieces.push(event.data);
    else for (const piece of event.data) this.#pieces.push(piece);
    this.#bytes += event.data.byteLength;
    // a stream that is paused while it resumes would tell its peer to go on
    if (!this.#isResuming) this.#pauseWhenFull();
    this.#lookForEnd();
    this.#wake?.();
  };

  /** The end's event comes too early when the peer closed while the protocol was negotiated. */
  #lookForEnd(): void {
    const { readBufferLength, readableEnded, remoteWriteStatus } = this.#stream;
    if (readBufferLength === 0 && (readableEnded || remoteWriteStatus === "closed")) this.#onEnd();
  }

  #pauseWhenFull(): void {
    if (this.#bytes > queueBytesMax) this.#setPaused(true);
  }

  readonly #onRemoteCloseWrite = (): void => {
    this.#isClosedByPeer = true;
  };

  readonly #onEnd = (): void => {
    if (!this.#isClosedByPeer) this.#fail(new StreamResetError("the connection was lost"));
    this.#isEnded = true;
    this.#wake?.();
  };

  readonly #onClose = (event: { readonly error?: Error }): void => {
    if (event.error !== undefined)
      this.#fail(new StreamResetError(event.error.message, event.error));
  };

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#wake?.();
  }
}
