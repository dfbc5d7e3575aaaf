import { type Clock, type Logger, messageOf } from "#lib";
import type { Stream } from "#net";

import type { ExchangeBounds } from "./bounds.ts";
import { decodeMessage } from "./codec/decode.ts";
import type { Message } from "./codec/message.ts";
import { BadMessageError } from "./errors.ts";
import { MessageMemory } from "./message-memory.ts";
import { readMessages, type ReadState } from "./read-messages.ts";

export interface ReceiverDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bounds: ExchangeBounds;
  /** Aborted when nothing is read any more. */
  readonly signal: AbortSignal;
  /** A peer has opened a stream. */
  onStream(peer: string): void;
  /** The message's memory is used again when it resolves; nothing is read from the stream before. */
  onMessage(peer: string, message: Message): Promise<void>;
  onMisbehaviour(peer: string, reason: string): void;
}

/** Reads what peers send us, on streams that they open. */
export class Receiver {
  readonly #deps: ReceiverDeps;
  readonly #memory: MessageMemory;
  readonly #reading = new Map<Stream, ReadState>();

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
    this.#memory = new MessageMemory(deps.bounds.readingBytesMax);
  }

  /** Reads one stream to its end. While what came cannot be taken, nothing is read. */
  async receive(stream: Stream): Promise<void> {
    const { bounds, signal, clock, logger } = this.#deps;
    const { peer } = stream;
    const now = (): number => clock.now();
    const state: ReadState = { isInside: false, heardAt: now() };
    const options = { bytesMax: bounds.messageBytesMax, signal, memory: this.#memory, state, now };
    this.#deps.onStream(peer);
    this.#reading.set(stream, state);
    try {
      for await (const bytes of readMessages(stream, options)) {
        await this.#deps.onMessage(peer, decodeMessage(bytes));
      }
      // the peer waits for us to close our side
      await stream.close();
    } catch (error) {
      stream.abort(new Error("not understood"));
      if (signal.aborted) return;
      logger.debug("bitswap stream broke off", { peer, error: messageOf(error) });
      if (error instanceof BadMessageError) this.#deps.onMisbehaviour(peer, messageOf(error));
    } finally {
      this.#reading.delete(stream);
    }
  }

  /** Resets streams whose peer has stopped in the middle of a message. */
  sweep(now: number): void {
    for (const [stream, { isInside, heardAt }] of this.#reading) {
      if (!isInside || now - heardAt < this.#deps.bounds.readTimeoutMs) continue;
      stream.abort(new Error("it stopped in the middle of a message"));
    }
  }
}
