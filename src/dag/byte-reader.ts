import { DamagedCarError } from "./errors.ts";
import { ProtobufReader } from "./protobuf-read.ts";

const varintBytesMax = 10;

/** Memory of this size, with anything in it; undefined when there is none to lend. */
export type Allocate = (sizeBytes: number) => Uint8Array | undefined;

const zeroed = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes);

/**
 * Takes exact numbers of bytes from pieces of any size. What lies in one piece is a view of it; only what spans pieces
 * is copied, into one buffer of its final size. The `try` methods spare a wait when the bytes are here already.
 */
export class ByteReader implements AsyncDisposable {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array();
  #at = 0;
  #offset = 0;
  #end = Infinity;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** How many bytes have been taken. */
  get offset(): number {
    return this.#offset;
  }

  /** Lets the input end at this offset, whatever comes behind it. */
  endAt(offset: number): void {
    this.#end = offset;
    this.#piece = this.#clip(this.#piece, this.#offset - this.#at);
  }

  get isEmpty(): boolean {
    return this.#at >= this.#piece.length;
  }

  /** Waits for at least one byte; false at the end. */
  async fill(): Promise<boolean> {
    while (this.isEmpty) {
      if (this.#offset >= this.#end) return false;
      const next = await this.#pieces.next();
      if (next.done === true) return false;
      this.#piece = this.#clip(next.value, this.#offset);
      this.#at = 0;
    }
    return true;
  }

  /** Undefined when the current piece has fewer bytes. */
  tryRead(length: number): Uint8Array | undefined {
    const end = this.#at + length;
    if (end > this.#piece.length) return undefined;
    const bytes = this.#piece.subarray(this.#at, end);
    this.#take(length);
    return bytes;
  }

  /** @throws {DamagedCarError} `unexpected EOF` */
  async read(length: number, allocate: Allocate = zeroed): Promise<Uint8Array> {
    const whole = this.tryRead(length);
    if (whole !== undefined) return whole;
    if (length > this.#end - this.#offset) throw this.#unexpectedEnd();
    const joined = allocate(length) ?? zeroed(length);
    let filled = 0;
    while (filled < length) {
      if (!(await this.fill())) throw this.#unexpectedEnd();
      const part = this.#piece.subarray(this.#at, this.#at + length - filled);
      joined.set(part, filled);
      filled += part.length;
      this.#take(part.length);
    }
    return joined;
  }

  /** @throws {DamagedCarError} `unexpected EOF` */
  async skip(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      if (!(await this.fill())) throw this.#unexpectedEnd();
      const step = Math.min(left, this.#piece.length - this.#at);
      this.#take(step);
      left -= step;
    }
  }

  /** Undefined when it does not end within the current piece. Throws a plain error when it is malformed. */
  tryVarint(): number | undefined {
    const end = Math.min(this.#piece.length, this.#at + varintBytesMax);
    for (let at = this.#at; at < end; at += 1) {
      if ((this.#piece[at] ?? 0) >= 0x80) continue;
      const value = new ProtobufReader(this.#piece, this.#at, at + 1).size();
      this.#take(at + 1 - this.#at);
      return value;
    }
    if (end - this.#at === varintBytesMax) throw new Error("varint is longer than 64 bits");
    return undefined;
  }

  /** @throws {DamagedCarError} `unexpected EOF`; a plain error when it is malformed */
  async varint(): Promise<number> {
    const whole = this.tryVarint();
    if (whole !== undefined) return whole;
    const bytes: number[] = [];
    do {
      const [byte = 0] = await this.read(1);
      bytes.push(byte);
    } while ((bytes.at(-1) ?? 0) >= 0x80 && bytes.length < varintBytesMax);
    return new ProtobufReader(Uint8Array.from(bytes)).size();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pieces.return?.();
  }

  #take(length: number): void {
    this.#at += length;
    this.#offset += length;
  }

  #clip(piece: Uint8Array, offset: number): Uint8Array {
    return piece.length > this.#end - offset ? piece.subarray(0, this.#end - offset) : piece;
  }

  #unexpectedEnd(): DamagedCarError {
    return new DamagedCarError("unexpected EOF", { offset: this.#offset });
  }
}
