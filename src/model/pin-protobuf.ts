/** One field of a protobuf message: a number for varints, bytes for what carries its length. */
export interface ProtobufField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Collects fields in the order written; fields that are zero or empty are left out, as proto3 does. */
export class ProtobufWriter {
  readonly #bytes: number[] = [];

  uint(number: number, value: number): this {
    if (value === 0) return this;
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
    return this.bytes(number, Buffer.from(value));
  }

  /** Like bytes, but written even when it is empty. */
  message(number: number, value: Uint8Array): this {
    this.#varint(number * 8 + wireType.bytes);
    this.#varint(value.length);
    for (const byte of value) this.#bytes.push(byte);
    return this;
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes.push((rest % 0x80) | 0x80);
    this.#bytes.push(rest);
  }
}

/**
 * The fields of a message, in order. Fixed-width numbers are skipped: no message here has any.
 * @throws {RangeError} when the bytes end early or hold no protobuf
 */
export function* readProtobuf(bytes: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (let length = 0; length < 10; length += 1) {
      const byte = bytes[at];
      if (byte === undefined) throw new RangeError("ends inside a number");
      at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new RangeError("number of more than ten bytes");
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError("ends inside a field");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (number === 0) throw new RangeError("field number 0");
    if (tag % 8 === wireType.varint) yield { number, value: varint() };
    else if (tag % 8 === wireType.bytes) yield { number, value: take(varint()) };
    else if (tag % 8 === wireType.fixed64) take(8);
    else if (tag % 8 === wireType.fixed32) take(4);
    else throw new RangeError(`unknown wire type ${tag % 8}`);
  }
}

/** The integer of a zigzag-encoded number. */
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
