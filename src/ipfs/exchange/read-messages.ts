import type { SignalOptions } from "#model";
import type { Stream } from "#net";

import { BadMessageError } from "./errors.ts";
import type { MessageMemory } from "./message-memory.ts";

/** Room for so much is made at once; for longer messages it is doubled as they come, so that announcing costs nothing. */
const firstBytes = 512 * 1024;
/** Of a message's length; 4 MiB take four. */
const lengthBytesMax = 5;

/** How far a stream's reader is. */
export interface ReadState {
  /** A message has begun and is not whole. */
  isInside: boolean;
  /** When something came last. */
  heardAt: number;
}

export interface ReadOptions extends SignalOptions {
  readonly bytesMax: number;
  readonly memory: MessageMemory;
  readonly state: ReadState;
  readonly now: () => number;
}

/**
 * The messages of a stream, without their lengths. Each is valid until the next is asked for: then its memory is used
 * again. @throws {BadMessageError} {StreamResetError}
 */
export async function* readMessages(
  stream: Stream,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const { state, now } = options;
  const length = new LengthReader(options.bytesMax);
  using assembly = new Assembly(stream.peer, options.memory);
  for await (const chunk of stream.chunks({ signal: options.signal, isLent: true })) {
    state.heardAt = now();
    for (let at = 0; at < chunk.length;) {
      if (!length.isKnown) at = length.read(chunk, at);
      state.isInside = length.isBegun;
      if (!length.isKnown) continue;
      const isWhole = assembly.isEmpty && chunk.length - at >= length.value;
      const end = Math.min(chunk.length, at + length.value - assembly.filled);
      const part = chunk.subarray(at, end);
      at = end;
      // what lies in one chunk is not copied
      if (!isWhole) assembly.add(part, length.value);
      if (!isWhole && assembly.filled < length.value) continue;
      state.isInside = false;
      yield isWhole ? part : assembly.message;
      length.reset();
      assembly.clear();
    }
  }
  if (state.isInside) throw new BadMessageError("it ends in the middle");
}

/** A varint that may be spread over chunks. */
class LengthReader {
  readonly #max: number;
  #count = 0;
  value = 0;
  isKnown = false;

  constructor(max: number) {
    this.#max = max;
  }

  get isBegun(): boolean {
    return this.#count > 0;
  }

  /** Answers where it stopped. Empty messages are passed over. */
  read(chunk: Uint8Array, start: number): number {
    for (let at = start; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      this.value += (byte & 0x7f) * 2 ** (7 * this.#count);
      this.#count += 1;
      if (this.value > this.#max) throw new BadMessageError(`it is longer than ${this.#max} bytes`);
      if (byte < 0x80 && this.value === 0) this.reset();
      else if (byte < 0x80) {
        this.isKnown = true;
        return at + 1;
      }
      if (this.#count === lengthBytesMax) throw new BadMessageError("its length does not end");
    }
    return chunk.length;
  }

  reset(): void {
    this.#count = 0;
    this.value = 0;
    this.isKnown = false;
  }
}

/** The parts of one message that came so far. */
class Assembly implements Disposable {
  readonly #peer: string;
  readonly #memory: MessageMemory;
  #bytes: Uint8Array | undefined;
  filled = 0;

  constructor(peer: string, memory: MessageMemory) {
    this.#peer = peer;
    this.#memory = memory;
  }

  get isEmpty(): boolean {
    return this.filled === 0;
  }

  get message(): Uint8Array {
    return (this.#bytes ?? new Uint8Array()).subarray(0, this.filled);
  }

  add(part: Uint8Array, sizeBytes: number): void {
    const needed = this.filled + part.length;
    if (this.#bytes === undefined || this.#bytes.length < needed) {
      this.#grow(Math.min(sizeBytes, Math.max(firstBytes, 2 * needed)));
    }
    this.#bytes?.set(part, this.filled);
    this.filled = needed;
  }

  clear(): void {
    if (this.#bytes !== undefined) this.#memory.give(this.#peer, this.#bytes);
    this.#bytes = undefined;
    this.filled = 0;
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  #grow(sizeBytes: number): void {
    const bytes = this.#memory.take(this.#peer, sizeBytes);
    if (bytes === undefined) throw new BadMessageError("too much is on its way at once");
    const old = this.#bytes;
    if (old !== undefined) {
      bytes.set(old.subarray(0, this.filled));
      this.#memory.give(this.#peer, old);
    }
    this.#bytes = bytes;
  }
}
