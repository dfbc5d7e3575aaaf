import { abortReason } from "#lib";
import type { SignalOptions } from "#model";
import type { Stream } from "#net";

/** What may wait in a stream for its reader before `send` waits, as in a real host. */
const windowBytes = 1024 * 1024;

/** One way of a stream. */
export class Pipe {
  readonly #onSend: (bytes: number) => void;
  readonly #chunks: Uint8Array[] = [];
  #waiting = 0;
  #isEnded = false;
  #failure: Error | undefined;
  #change = Promise.withResolvers<void>();

  constructor(onSend: (bytes: number) => void) {
    this.#onSend = onSend;
  }

  /** Nothing more will come, or be taken. */
  get isOver(): boolean {
    return this.#failure !== undefined || (this.#isEnded && this.#chunks.length === 0);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isEnded) throw new Error("the stream was closed");
    this.#chunks.push(bytes);
    this.#waiting += bytes.length;
    this.#onSend(bytes.length);
    this.#tell();
    await nextTurn();
    this.#check();
    while (this.#waiting > windowBytes) {
      await this.#change.promise;
      this.#check();
    }
  }

  /** Undefined at the end. */
  async read(signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    for (;;) {
      this.#check();
      if (signal?.aborted === true) throw abortReason(signal);
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#waiting -= chunk.length;
        this.#tell();
        return chunk;
      }
      if (this.#isEnded) return undefined;
      const wake = (): void => this.#tell();
      signal?.addEventListener("abort", wake, { once: true });
      await this.#change.promise;
      signal?.removeEventListener("abort", wake);
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#tell();
  }

  fail(reason: Error): void {
    this.#failure ??= reason;
    this.#chunks.length = 0;
    this.#tell();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #tell(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

/** One end of a stream between two hosts in memory. */
export class MemoryStream implements Stream {
  readonly peer: string;
  readonly protocol: string;
  readonly direction: "inbound" | "outbound";
  readonly isLimited = false;
  readonly #out: Pipe;
  readonly #in: Pipe;
  readonly #closed = new AbortController();
  #other: MemoryStream | undefined;

  constructor(facts: Pick<Stream, "peer" | "protocol" | "direction">, out: Pipe, into: Pipe) {
    this.peer = facts.peer;
    this.protocol = facts.protocol;
    this.direction = facts.direction;
    this.#out = out;
    this.#in = into;
    MemoryStream.#join(this);
  }

  /** The two ends of a pair find each other by their pipes. */
  static readonly #ends = new WeakMap<Pipe, MemoryStream>();

  static #join(stream: MemoryStream): void {
    const other = MemoryStream.#ends.get(stream.#in);
    MemoryStream.#ends.set(stream.#out, stream);
    if (other === undefined) return;
    stream.#other = other;
    other.#other = stream;
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  async *messages(
    options: SignalOptions & { readonly bytesMax: number },
  ): AsyncGenerator<Uint8Array> {
    let held = Buffer.alloc(0);
    for await (const chunk of this.chunks(options)) {
      held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
      for (;;) {
        const head = readLength(held);
        if (head === undefined) break;
        if (head.length > options.bytesMax) {
          throw new MemoryMessageTooLargeError(head.length, options.bytesMax);
        }
        if (held.length < head.at + head.length) break;
        yield new Uint8Array(held.subarray(head.at, head.at + head.length));
        held = held.subarray(head.at + head.length);
      }
    }
    if (held.length > 0) throw new Error("it ended inside a message");
  }

  async *chunks(options: SignalOptions = {}): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = await this.#in.read(options.signal);
      if (chunk === undefined) return;
      yield chunk;
    }
  }

  send(bytes: Uint8Array): Promise<void> {
    return this.#out.write(bytes);
  }

  async sendMessage(parts: readonly Uint8Array[]): Promise<void> {
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    await this.#out.write(Buffer.concat([lengthBytes(sizeBytes), ...parts]));
  }

  closeWrite(): Promise<void> {
    this.#out.end();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#out.end();
    this.onGone();
    return Promise.resolve();
  }

  abort(reason: Error): void {
    this.#out.fail(reason);
    this.#in.fail(reason);
    this.onGone();
    this.#other?.onGone();
  }

  /** The stream is gone, at this end or the other. */
  onGone(): void {
    if (!this.#closed.signal.aborted) this.#closed.abort(new Error("closed"));
  }
}

/** As the real one: told by its code. */
class MemoryMessageTooLargeError extends Error {
  readonly code = "MESSAGE_TOO_LARGE";

  constructor(sizeBytes: number, bytesMax: number) {
    super(`a message of ${sizeBytes} bytes (max ${bytesMax})`);
  }
}

/** As over a socket: whoever sends gives others a turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function lengthBytes(length: number): Uint8Array {
  const bytes: number[] = [];
  let rest = length;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function readLength(
  bytes: Uint8Array,
): { readonly length: number; readonly at: number } | undefined {
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { length, at: at + 1 };
  }
  return undefined;
}
