/** Protobuf wire types that dag-pb and UnixFS use. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A cursor over one protobuf message. Throws plain errors; whoever knows the block's CID names it. */
export class ProtobufReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get isDone(): boolean {
    return this.at >= this.end;
  }

  /** An unsigned varint of up to 64 bits; beyond 2^53 it is no longer exact. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new Error("varint is longer than 64 bits");
  }

  /** A varint that stands for a length, a size or a count. */
  size(): number {
    const value = this.varint();
    if (!Number.isSafeInteger(value)) throw new Error("a size is beyond 2^53");
    return value;
  }

  /** A signed 64-bit varint, two's complement. */
  int64(): number {
    const start = this.at;
    const value = this.varint();
    if (Number.isSafeInteger(value)) return value;
    let exact = 0n;
    for (let at = this.at - 1; at >= start; at -= 1) {
      exact = (exact << 7n) | BigInt((this.bytes[at] ?? 0) & 0x7f);
    }
    return Number(BigInt.asIntN(64, exact));
  }

  fixed32(): number {
    const at = this.#advance(4);
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 4).getUint32(0, true);
  }

  /** Steps over a length-delimited field and gives where it starts; it ends at `at`. */
  span(): number {
    return this.#advance(this.size());
  }

  /** A length-delimited field, not copied. */
  field(): Uint8Array {
    const start = this.span();
    return this.bytes.subarray(start, this.at);
  }

  skip(type: number): void {
    if (type === wireType.varint) this.varint();
    else if (type === wireType.bytes) this.span();
    else if (type === wireType.fixed32) this.#advance(4);
    else if (type === wireType.fixed64) this.#advance(8);
    else throw new Error(`wire type ${type} is unknown`);
  }

  #advance(length: number): number {
    const start = this.at;
    if (length > this.end - start) throw new Error("message ends too early");
    this.at = start + length;
    return start;
  }

  #byte(): number {
    if (this.at >= this.end) throw new Error("message ends too early");
    const byte = this.bytes[this.at] ?? 0;
    this.at += 1;
    return byte;
  }
}
