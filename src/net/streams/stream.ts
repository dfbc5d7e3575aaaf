import type { Stream as Libp2pStream } from "@libp2p/interface";

import { abortReason, type Clock } from "#lib";
import type { SignalOptions } from "#model";

import { StreamResetError } from "../errors.ts";
import type { Stream } from "../types.ts";
import { lengthPrefix } from "./length-prefix.ts";
import { MessageAssembler } from "./message-assembler.ts";
import { ReadQueue } from "./read-queue.ts";
import { releaseReceived } from "./received-memory.ts";
import { WriteQueue } from "./write-queue.ts";

/** How long a stream that we have closed may wait for its peer to close it too. */
const lingerMs = 60_000;

/** What a stream is told about itself. */
export interface StreamFacts {
  readonly peer: string;
  readonly ip?: string | undefined;
  readonly isLimited: boolean;
  readonly clock: Clock;
}

/** A libp2p stream with back-pressure both ways. */
export class HostStream implements Stream {
  readonly peer: string;
  readonly ip: string | undefined;
  readonly protocol: string;
  readonly direction: "inbound" | "outbound";
  readonly isLimited: boolean;
  readonly #stream: Libp2pStream;
  readonly #clock: Clock;
  readonly #reads: ReadQueue;
  readonly #writes: WriteQueue;
  #gone: AbortController | undefined;

  constructor(stream: Libp2pStream, facts: StreamFacts) {
    this.peer = facts.peer;
    this.ip = facts.ip;
    this.protocol = stream.protocol;
    this.direction = stream.direction;
    this.isLimited = facts.isLimited;
    this.#stream = stream;
    this.#clock = facts.clock;
    this.#reads = new ReadQueue(stream);
    this.#writes = new WriteQueue(stream);
  }

  async *messages(
    options: SignalOptions & { readonly bytesMax: number },
  ): AsyncGenerator<Uint8Array> {
    const assembler = new MessageAssembler(this.peer, options.bytesMax);
    for (;;) {
      const pieces = await this.#reads.take(options.signal);
      if (pieces === undefined) break;
      for (const piece of pieces) yield* assembler.push(piece);
    }
    if (assembler.isInside) throw new StreamResetError("it ended inside a message");
  }

  async *chunks(
    options: SignalOptions & { readonly isLent?: boolean } = {},
  ): AsyncGenerator<Uint8Array> {
    for (;;) {
      const pieces = await this.#reads.take(options.signal);
      if (pieces === undefined) return;
      for (const piece of pieces) {
        yield piece;
        if (options.isLent === true) releaseReceived(piece);
      }
    }
  }

  send(bytes: Uint8Array, options: SignalOptions = {}): Promise<void> {
    return this.#writes.send([bytes], options.signal);
  }

  sendMessage(parts: readonly Uint8Array[], options: SignalOptions = {}): Promise<void> {
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    return this.#writes.send([lengthPrefix(sizeBytes), ...parts], options.signal);
  }

  async closeWrite(options: SignalOptions = {}): Promise<void> {
    if (this.#isOpen) await this.#untilSent(options.signal);
  }

  async close(options: SignalOptions = {}): Promise<void> {
    this.#reads.stop();
    if (!this.#isOpen) return;
    await this.#untilSent(options.signal);
    if (!this.#isOpen) return;
    await this.#stream.closeRead();
    this.#linger();
  }

  abort(reason: Error): void {
    this.#reads.stop();
    this.#stream.abort(reason);
  }

  get closed(): AbortSignal {
    this.#gone ??= this.#watchEnd();
    return this.#gone.signal;
  }

  get #isOpen(): boolean {
    return this.#stream.status === "open";
  }

  #watchEnd(): AbortController {
    const gone = new AbortController();
    const end = (): void => gone.abort(new StreamResetError("closed"));
    if (this.#isOpen) this.#stream.addEventListener("close", end, { once: true });
    else end();
    return gone;
  }

  async #untilSent(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    try {
      await this.#stream.close(signal === undefined ? {} : { signal });
    } catch (thrown) {
      if (signal?.aborted === true) throw abortReason(signal);
      throw new StreamResetError("closed while sending", thrown);
    }
  }

  /** The peer should close its side too; one that does not must not keep the stream for ever. */
  #linger(): void {
    if (!this.#isOpen) return;
    this.#clock.sleep(lingerMs, this.closed).then(
      () => this.#stream.abort(new StreamResetError("the peer did not close its side")),
      () => undefined,
    );
  }
}
