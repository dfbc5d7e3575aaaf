import { createTurn } from "#lib";
import type { SignalOptions } from "#model";

import { placeOfKey } from "./place.ts";

const pageBytes = 1024 * 1024;
const bucketBits = 16;
/** Items between two looks at the clock. */
const stride = 1024;

/**
 * Multihashes in the order of their places in the DHT, each once. One of SHA-256 takes 42 bytes here: its bytes in pages,
 * where they are, and the first bits of its place.
 */
export class KeyTable {
  readonly #pages: readonly Uint8Array[];
  readonly #offsets: Uint32Array;
  readonly #places: Uint32Array;

  constructor(pages: readonly Uint8Array[], offsets: Uint32Array, places: Uint32Array) {
    this.#pages = pages;
    this.#offsets = offsets;
    this.#places = places;
  }

  get size(): number {
    return this.#places.length;
  }

  /** Bytes of memory. */
  get sizeBytes(): number {
    return this.#pages.length * pageBytes + this.size * 8;
  }

  placeAt(index: number): number {
    return this.#places[index] ?? 0;
  }

  multihashAt(index: number): Uint8Array {
    return readKey(this.#pages, this.#offsets[index] ?? 0);
  }

  /** The index of the first key at or after a place. */
  indexOf(place: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.placeAt(middle) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Reads keys to the end, or to `keysMax`, and puts them in order; others get a turn meanwhile. */
export async function collectKeys(
  multihashes: AsyncIterable<Uint8Array>,
  options: SignalOptions & { readonly keysMax: number },
): Promise<KeyTable> {
  const turn = createTurn();
  const pages: Uint8Array[] = [];
  let used = pageBytes;
  let offsets = new Uint32Array(1024);
  let places = new Uint32Array(1024);
  let size = 0;
  for await (const multihash of multihashes) {
    options.signal?.throwIfAborted();
    if (multihash.length > 255) continue; // no hash is that long
    if (used + multihash.length + 1 > pageBytes) {
      pages.push(new Uint8Array(pageBytes));
      used = 0;
    }
    const page = pages.at(-1) ?? new Uint8Array();
    page[used] = multihash.length;
    page.set(multihash, used + 1);
    if (size === offsets.length) [offsets, places] = [grown(offsets), grown(places)];
    offsets[size] = (pages.length - 1) * pageBytes + used;
    places[size] = placeOfKey(multihash);
    used += multihash.length + 1;
    size += 1;
    if (size >= options.keysMax) break;
    if (size % 64 === 0) await turn.pause();
  }
  return await inOrder({ pages, offsets, places, size });
}

interface Unordered {
  readonly pages: readonly Uint8Array[];
  readonly offsets: Uint32Array;
  readonly places: Uint32Array;
  readonly size: number;
}

/** Counts by the first bits, places by the counts, then sorts each small bucket and drops doubles. */
async function inOrder({ pages, offsets, places, size }: Unordered): Promise<KeyTable> {
  const turn = createTurn();
  const starts = new Uint32Array(2 ** bucketBits + 1);
  const bucketOf = (place: number): number => place >>> (32 - bucketBits);
  for (let i = 0; i < size; i += 1) {
    const bucket = bucketOf(places[i] ?? 0) + 1;
    starts[bucket] = (starts[bucket] ?? 0) + 1;
  }
  for (let i = 1; i < starts.length; i += 1) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
  const next = starts.slice();
  const sortedOffsets = new Uint32Array(size);
  const sortedPlaces = new Uint32Array(size);
  for (let i = 0; i < size; i += 1) {
    const place = places[i] ?? 0;
    const bucket = bucketOf(place);
    const at = next[bucket] ?? 0;
    next[bucket] = at + 1;
    // Insertion among the few of its bucket that are there already.
    let to = at;
    for (; to > (starts[bucket] ?? 0) && (sortedPlaces[to - 1] ?? 0) > place; to -= 1) {
      sortedPlaces[to] = sortedPlaces[to - 1] ?? 0;
      sortedOffsets[to] = sortedOffsets[to - 1] ?? 0;
    }
    sortedPlaces[to] = place;
    sortedOffsets[to] = offsets[i] ?? 0;
    if (i % stride === 0) await turn.pause();
  }
  const kept = dropDoubles(pages, sortedOffsets, sortedPlaces);
  return new KeyTable(pages, sortedOffsets.subarray(0, kept), sortedPlaces.subarray(0, kept));
}

/** Equal keys have equal places; unequal ones with equal places are rare and few. */
function dropDoubles(
  pages: readonly Uint8Array[],
  offsets: Uint32Array,
  places: Uint32Array,
): number {
  let kept = 0;
  for (let i = 0; i < places.length; i += 1) {
    const place = places[i] ?? 0;
    const offset = offsets[i] ?? 0;
    let isDouble = false;
    for (let j = kept - 1; j >= 0 && places[j] === place && !isDouble; j -= 1) {
      isDouble = Buffer.compare(readKey(pages, offsets[j] ?? 0), readKey(pages, offset)) === 0;
    }
    if (isDouble) continue;
    places[kept] = place;
    offsets[kept] = offset;
    kept += 1;
  }
  return kept;
}

/** A view: the table does not change. */
function readKey(pages: readonly Uint8Array[], offset: number): Uint8Array {
  const page = pages[Math.floor(offset / pageBytes)] ?? new Uint8Array(1);
  const at = offset % pageBytes;
  return page.subarray(at + 1, at + 1 + (page[at] ?? 0));
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
