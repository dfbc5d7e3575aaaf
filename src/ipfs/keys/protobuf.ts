/** A field as it came: a number, or bytes that are not copied. */
export type ProtobufValue = bigint | Uint8Array;

/** Fields that one message may have; a longer one is refused. */
const fieldsMax = 64;

/**
 * The fields of a small protobuf message by number; of a repeated one the last, as for a scalar. Unknown fields are
 * read over, 32-bit and 64-bit ones left out.
 * @throws {Error} when the bytes are no message
 */
export function readProtobuf(bytes: Uint8Array): ReadonlyMap<number, ProtobufValue> {
  const fields = new Map<number, ProtobufValue>();
  let at = 0;
  for (let count = 0; at < bytes.length; count += 1) {
    if (count >= fieldsMax) throw new Error(`more than ${fieldsMax} fields`);
    const tag = readVarint(bytes, at);
    const number = Number(tag.value >> 3n);
    if (number < 1 || number >= 2 ** 29) throw new Error(`there is no field ${number}`);
    const read = readValue(bytes, tag.end, Number(tag.value & 7n));
    if (read.value !== undefined) fields.set(number, read.value);
    at = read.end;
  }
  return fields;
}

/** A length-delimited field; nothing for undefined. */
export function bytesField(number: number, bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) return new Uint8Array();
  const head = Buffer.concat([writeVarint(BigInt(number * 8 + 2)), writeVarint(bytes.length)]);
  return Buffer.concat([head, bytes]);
}

/** A varint field, up to 64 bits. */
export function numberField(number: number, value: bigint): Uint8Array {
  return Buffer.concat([writeVarint(BigInt(number * 8)), writeVarint(value)]);
}

interface Read<T> {
  readonly value: T;
  readonly end: number;
}

function readValue(
  bytes: Uint8Array,
  at: number,
  wireType: number,
): Read<ProtobufValue | undefined> {
  if (wireType === 0) return readVarint(bytes, at);
  if (wireType === 2) {
    const { value: length, end: start } = readVarint(bytes, at);
    const end = start + Number(length);
    if (end > bytes.length) throw new Error("message ends too early");
    return { value: bytes.subarray(start, end), end };
  }
  if (wireType !== 1 && wireType !== 5) throw new Error(`wire type ${wireType} is unknown`);
  const end = at + (wireType === 1 ? 8 : 4);
  if (end > bytes.length) throw new Error("message ends too early");
  return { value: undefined, end };
}

function readVarint(bytes: Uint8Array, start: number): Read<bigint> {
  let value = 0n;
  for (let count = 0; count < 10; count += 1) {
    const byte = bytes[start + count];
    if (byte === undefined) throw new Error("message ends too early");
    value |= BigInt(byte & 0x7f) << BigInt(7 * count);
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), end: start + count + 1 };
  }
  throw new Error("varint is longer than 64 bits");
}

function writeVarint(number: bigint | number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(number));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
