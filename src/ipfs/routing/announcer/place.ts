import { kadId } from "#net";

/** The first 32 bits of a place in the space of the DHT: enough to put keys in order and to name regions. */
export function placeOf(kadIdBytes: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = kadIdBytes;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

export function placeOfKey(multihash: Uint8Array): number {
  return placeOf(kadId(multihash));
}

/** One past the last place. */
export const placesEnd = 2 ** 32;

/** The places that share the first `bits` bits with one: from, and one past the last. */
export function spanOf(
  place: number,
  bits: number,
): { readonly from: number; readonly to: number } {
  const size = 2 ** (32 - bits);
  const from = Math.floor(place / size) * size;
  return { from, to: from + size };
}
