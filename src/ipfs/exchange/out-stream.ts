import type { Clock } from "#lib";
import type { Host, Stream } from "#net";

import type { ExchangeBounds } from "./bounds.ts";
import { type Dialect, dialectOf, protocols } from "./codec/message.ts";

export interface OutStreamDeps {
  readonly host: Pick<Host, "openStream">;
  readonly clock: Clock;
  readonly bounds: ExchangeBounds;
}

/**
 * The stream on which messages go to one peer: opened for the first message, kept for the next, closed when it was idle.
 * One message at a time. `sweep` has to be called every now and then: it enforces the time-outs.
 */
export class OutStream {
  readonly #deps: OutStreamDeps;
  readonly #peer: string;
  #stream: Stream | undefined;
  #abort: AbortController | undefined;
  /** When what is being done has to be done. */
  #deadline = Infinity;
  #usedAt = 0;

  constructor(deps: OutStreamDeps, peer: string) {
    this.#deps = deps;
    this.#peer = peer;
  }

  /** Whether the peer knows nothing of what was sent before: the next message goes on a new stream. */
  get isNew(): boolean {
    return this.#stream === undefined || this.#stream.closed.aborted;
  }

  /** What the peer speaks; opens the stream when it must. @throws {DialError} {ProtocolError} */
  async dialect(): Promise<Dialect> {
    return dialectOf((await this.#open()).protocol);
  }

  /** Resolves when at most a window waits for the peer. @throws {StreamResetError} and what opening throws */
  async send(parts: readonly Uint8Array[], sizeBytes: number): Promise<void> {
    const stream = await this.#open();
    const { sendTimeoutMs, sendBytesPerSecondMin } = this.#deps.bounds;
    this.#deadline =
      this.#deps.clock.now() + sendTimeoutMs + (sizeBytes * 1000) / sendBytesPerSecondMin;
    try {
      await stream.sendMessage(parts);
    } catch (error) {
      this.reset();
      throw error;
    } finally {
      this.#deadline = Infinity;
      this.#usedAt = this.#deps.clock.now();
    }
  }

  sweep(now: number): void {
    if (now > this.#deadline) this.reset();
    else if (this.#deadline === Infinity && now - this.#usedAt > this.#deps.bounds.streamIdleMs) {
      this.close();
    }
  }

  /** What was sent arrives. */
  close(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    // a stream that cannot be closed is gone already
    if (stream !== undefined) stream.close().catch(() => stream.abort(new Error("not closed")));
  }

  reset(): void {
    this.#abort?.abort(new Error("the peer takes too long"));
    this.#stream?.abort(new Error("the peer takes too long"));
    this.#stream = undefined;
    this.#deadline = Infinity;
  }

  async #open(): Promise<Stream> {
    if (this.#stream !== undefined && !this.#stream.closed.aborted) return this.#stream;
    const abort = new AbortController();
    this.#abort = abort;
    this.#deadline = this.#deps.clock.now() + this.#deps.bounds.sendTimeoutMs;
    try {
      const options = { isConnectedOnly: true, signal: abort.signal };
      this.#stream = await this.#deps.host.openStream(this.#peer, protocols, options);
      this.#usedAt = this.#deps.clock.now();
      return this.#stream;
    } finally {
      this.#deadline = Infinity;
      this.#abort = undefined;
    }
  }
}
