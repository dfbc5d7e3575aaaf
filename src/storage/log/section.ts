import { type Place, positionOf } from "./place.ts";

/**
 * The head of every segment: CARv1 with the empty identity CID (bafkqaaa) as its root, since some tools refuse a CAR
 * without roots. CBOR of { roots: [CID], version: 1 }, its length before it (IPLD CARv1 specification).
 */
export const carHeader: Uint8Array = Uint8Array.fromHex(
  "19a265726f6f747381d82a4500015500006776657273696f6e01",
);

/** The longest head of a section before its CID. */
const sectionLengthMax = 5;

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

/** Writes the varint and answers where it ends. */
export function writeVarint(into: Uint8Array, value: number, at: number): number {
  let rest = value;
  let index = at;
  for (; rest >= 128; index += 1) {
    into[index] = (rest % 128) + 128;
    rest = Math.floor(rest / 128);
  }
  into[index] = rest;
  return index + 1;
}

/** Undefined when the bytes end before the varint does, or it is longer than any section. */
export function readVarint(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0;
  for (let index = 0; index < sectionLengthMax; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    value += (byte % 128) * 128 ** index;
    if (byte < 128) return { value, end: at + index + 1 };
  }
  return undefined;
}

export function sectionSize(cidLength: number, length: number): number {
  return varintLength(cidLength + length) + cidLength + length;
}

export function sectionSizeOf(place: Place): number {
  return sectionSize(place.cidLength, place.length);
}

/** Where the section of a block begins in its segment. */
export function sectionStart(place: Place): number {
  return place.offset - place.cidLength - varintLength(place.cidLength + place.length);
}

/** The same as a position of the log. (An empty block's data may begin where the next section does.) */
export function startPositionOf(place: Place): number {
  return positionOf(place.segment, sectionStart(place));
}
