import { DhtMessageError } from "./errors.ts";

/** A field of a protobuf message: a number for varints, bytes for the rest. */
export interface Field {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/** The fields of a message, in order. Views of `bytes`. @throws {DhtMessageError} */
export function* readFields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1, length = 1; length <= 10; factor *= 128, length += 1) {
      const byte = bytes[at];
      if (byte === undefined) break;
      at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new DhtMessageError("ends within a number");
  };
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw new DhtMessageError("ends within a field");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wire = tag % 8;
    if (wire === 0) yield { number, value: varint() };
    else if (wire === 2) yield { number, value: take(varint()) };
    else if (wire === 1) take(8);
    else if (wire === 5) take(4);
    else throw new DhtMessageError(`wire type ${wire}`);
  }
}

/** One field, and the message's length before a message: small parts that are joined once. */
export class Writer {
  readonly #parts: Uint8Array[] = [];
  #sizeBytes = 0;

  number(field: number, value: number): this {
    if (value === 0) return this;
    return this.#push(varintBytes(field * 8)).#push(varintBytes(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#push(varintBytes(field * 8 + 2))
      .#push(varintBytes(value.length))
      .#push(value);
  }

  /** Bytes that are encoded already. */
  raw(encoded: Uint8Array): this {
    return this.#push(encoded);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  finish(): Uint8Array {
    const joined = new Uint8Array(this.#sizeBytes);
    let at = 0;
    for (const part of this.#parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  #push(part: Uint8Array): this {
    this.#parts.push(part);
    this.#sizeBytes += part.length;
    return this;
  }
}

export function varintBytes(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
