import { BadMessageError } from "../errors.ts";

/** Protobuf wire types. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A cursor over the fields of one protobuf message; what it gives are views. @throws {BadMessageError} */
export class WireReader {
  readonly bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** An unsigned varint; beyond 2^53 it is not exact. Negative numbers of 32 bits come out as 2^64 less. */
  varint(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let scale = 0x80;
    for (let count = 1; count < 10; count += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new BadMessageError("a varint is longer than 64 bits");
  }

  /** An int32. */
  int32(): number {
    const value = this.varint();
    return value > 0x7fffffff ? 0 : value;
  }

  /** Steps into a length-delimited field: answers its end. */
  length(): number {
    const length = this.varint();
    if (length > this.end - this.at)
      throw new BadMessageError("a field is longer than the message");
    return this.at + length;
  }

  field(): Uint8Array {
    const end = this.length();
    const bytes = this.bytes.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  skip(type: number): void {
    if (type === wireType.varint) this.varint();
    else if (type === wireType.bytes) this.at = this.length();
    else if (type === wireType.fixed64) this.#advance(8);
    else if (type === wireType.fixed32) this.#advance(4);
    else throw new BadMessageError(`wire type ${type} is unknown`);
  }

  #advance(length: number): void {
    if (length > this.end - this.at) throw new BadMessageError("it ends too early");
    this.at += length;
  }

  #byte(): number {
    if (this.at >= this.end) throw new BadMessageError("it ends too early");
    const byte = this.bytes[this.at] ?? 0;
    this.at += 1;
    return byte;
  }
}

/** How many bytes `WireWriter.varint` writes for a whole number below 2^53. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Fills a buffer of exactly the size that was computed for it. */
export class WireWriter {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
  }

  varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.at] = (rest % 128) | 0x80;
      this.at += 1;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.at] = rest;
    this.at += 1;
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }
}
