/** Where a block's data is. The CID, as it was put, is in the `cidLength` bytes before it. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
  readonly cidLength: number;
}

export const placeSize = 16;

export function encodePlace(place: Place, into: Uint8Array): void {
  writeNumber(into, place.segment, { at: 0, size: 4 });
  writeNumber(into, place.offset, { at: 4, size: 6 });
  writeNumber(into, place.length, { at: 10, size: 4 });
  writeNumber(into, place.cidLength, { at: 14, size: 2 });
}

export function decodePlace(bytes: Uint8Array): Place {
  return {
    segment: readNumber(bytes, 0, 4),
    offset: readNumber(bytes, 4, 6),
    length: readNumber(bytes, 10, 4),
    cidLength: readNumber(bytes, 14, 2),
  };
}

export function isSamePlace(a: Place | undefined, b: Place): boolean {
  return a !== undefined && a.segment === b.segment && a.offset === b.offset;
}

/**
 * A place in the log as one number that grows along the log: 2^33 for each segment, which no segment is longer than
 * (options cap it at 4 GiB, and a block has less than 4 GiB).
 */
export function positionOf(segment: number, offset: number): number {
  return segment * 2 ** 33 + offset;
}

export function splitPosition(position: number): {
  readonly segment: number;
  readonly offset: number;
} {
  const segment = Math.floor(position / 2 ** 33);
  return { segment, offset: position - segment * 2 ** 33 };
}

export function positionAt(place: Place): number {
  return positionOf(place.segment, place.offset);
}

export function endPositionOf(place: Place): number {
  return positionOf(place.segment, place.offset + place.length);
}

/** Big-endian. */
export function writeNumber(
  into: Uint8Array,
  value: number,
  { at, size }: { readonly at: number; readonly size: number },
): void {
  let rest = value;
  for (let index = at + size - 1; index >= at; index -= 1) {
    into[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

export function readNumber(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = at; index < at + size; index += 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
}
