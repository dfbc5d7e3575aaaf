const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Collects fields in the order written; fields that are zero or empty are left out, as proto3 does. */
export class ProtobufWriter {
  #bytes = new Uint8Array(128);
  #length = 0;

  uint(number: number, value: number): this {
    if (value === 0) return this;
    this.#room(20);
    this.#varint(number * 8 + wireType.varint);
    this.#varint(value);
    return this;
  }

  /** A zigzag-encoded 32-bit integer. */
  sint(number: number, value: number): this {
    return this.uint(number, ((value << 1) ^ (value >> 31)) >>> 0);
  }

  bytes(number: number, value: Uint8Array | undefined): this {
    return value === undefined || value.length === 0 ? this : this.message(number, value);
  }

  text(number: number, value: string): this {
    return value === "" ? this : this.message(number, Buffer.from(value));
  }

  /** Like bytes, but written even when it is empty. */
  message(number: number, value: Uint8Array): this {
    this.#room(20 + value.length);
    this.#varint(number * 8 + wireType.bytes);
    this.#varint(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** What was written; nothing may be added to it. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #room(sizeBytes: number): void {
    const needed = this.#length + sizeBytes;
    if (needed <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
    }
    this.#bytes[this.#length++] = rest;
  }
}

/**
 * Goes through the fields of a message: `next` moves to one, `uint`, `bytes` and so on take it. Fixed-width numbers are
 * passed over: no message here has any.
 * @throws {RangeError} when the bytes end early or hold no protobuf
 */
export class ProtobufReader {
  /** Number of the field that is reached. */
  field = 0;
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;
  /** The field's number, or the length of its bytes, which end at `#at`. */
  #value = 0;
  #isNumber = false;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Whether there is another field. */
  next(): boolean {
    while (this.#at < this.#end) {
      const tag = this.#varint();
      this.field = Math.floor(tag / 8);
      if (this.field === 0) throw new RangeError("field number 0");
      const type = tag % 8;
      this.#isNumber = type === wireType.varint;
      if (type === wireType.varint || type === wireType.bytes) {
        this.#value = this.#varint();
        if (type === wireType.bytes) this.#skip(this.#value);
        return true;
      }
      if (type === wireType.fixed64) this.#skip(8);
      else if (type === wireType.fixed32) this.#skip(4);
      else throw new RangeError(`unknown wire type ${type}`);
    }
    return false;
  }

  uint(): number {
    if (this.#isNumber) return this.#value;
    throw new RangeError("bytes where a number belongs");
  }

  /** A zigzag-encoded integer. */
  sint(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(this.#start(), this.#at);
  }

  text(): string {
    const bytes = this.#bytes;
    // what comes from LevelDB is a Buffer; to ask any array for its memory takes longer than to read the text
    const buffer = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return buffer.toString("utf8", this.#start(), this.#at);
  }

  message(): ProtobufReader {
    return new ProtobufReader(this.#bytes, this.#start(), this.#at);
  }

  #start(): number {
    if (this.#isNumber) throw new RangeError("a number where bytes belong");
    return this.#at - this.#value;
  }

  #skip(length: number): void {
    if (this.#at + length > this.#end) throw new RangeError("ends inside a field");
    this.#at += length;
  }

  #varint(): number {
    let [value, scale] = [0, 1];
    for (let length = 0; length < 10; length += 1) {
      if (this.#at >= this.#end) throw new RangeError("ends inside a number");
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new RangeError("number of more than ten bytes");
  }
}
