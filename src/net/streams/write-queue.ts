import type { Stream as Libp2pStream } from "@libp2p/interface";

import { abortReason, asError } from "#lib";

import { StreamResetError } from "../errors.ts";

/** What may wait in a stream for its peer. */
const waitingBytesMax = 1024 * 1024;

/** Sends in the order of the calls, each of which waits until the peer has taken what was sent before. */
export class WriteQueue {
  readonly #stream: Libp2pStream;
  /** The last of those that wait for their turn. */
  #tail: Promise<void> | undefined;

  constructor(stream: Libp2pStream) {
    this.#stream = stream;
  }

  /** The parts follow each other without others' between them. @throws {StreamResetError} */
  async send(parts: readonly Uint8Array[], signal?: AbortSignal): Promise<void> {
    if (this.#tail !== undefined || this.#isFull()) await this.#turn(signal);
    if (signal?.aborted === true) throw abortReason(signal);
    try {
      for (const part of parts) if (part.length > 0) this.#stream.send(part);
    } catch (thrown) {
      throw new StreamResetError(asError(thrown).message, thrown);
    }
    if (this.#isFull()) await this.#room(signal);
  }

  #isFull(): boolean {
    return this.#stream.writeBufferLength > waitingBytesMax;
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    const before = this.#tail ?? Promise.resolve();
    const turn = before.then(
      () => this.#room(signal),
      () => this.#room(signal),
    );
    this.#tail = turn;
    try {
      await turn;
    } finally {
      if (this.#tail === turn) this.#tail = undefined;
    }
  }

  #room(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const stream = this.#stream;
      const end = (failure?: Error): void => {
        stream.removeEventListener("idle", onRoom);
        stream.removeEventListener("drain", onDrain);
        stream.removeEventListener("close", onClose);
        signal?.removeEventListener("abort", onAbort);
        if (failure === undefined) resolve();
        else reject(failure);
      };
      const onRoom = (): void => {
        if (!this.#isFull()) end();
      };
      // libp2p sends on in a microtask of its own after this event
      const onDrain = (): void => queueMicrotask(onRoom);
      const onClose = (): void => end(new StreamResetError("closed while sending"));
      const onAbort = (): void => end(abortReason(signal));
      if (signal?.aborted === true) return onAbort();
      if (stream.status !== "open") return onClose();
      if (!this.#isFull()) return resolve();
      stream.addEventListener("idle", onRoom);
      stream.addEventListener("drain", onDrain);
      stream.addEventListener("close", onClose);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}
