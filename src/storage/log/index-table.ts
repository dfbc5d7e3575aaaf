import { type BlockKey, blockKeyOf } from "../block-key.ts";
import type { LevelDb } from "../database.ts";
import { keyspaces } from "../keyspaces.ts";
import {
  decodePlace,
  encodePlace,
  type Place,
  placeSize,
  positionOf,
  readNumber,
  splitPosition,
  writeNumber,
} from "./place.ts";
import { decodeStat, encodeStat, type SegmentStat } from "./segment-stats.ts";

const blocksPrefix = keyspaces.blocks.prefix;
const segmentsPrefix = keyspaces.segments.prefix;
const positionKey = Uint8Array.of(segmentsPrefix);

/** What one batch changes. All or nothing, and durable. */
export interface IndexChange {
  /** Undefined removes. */
  readonly places: Iterable<readonly [BlockKey, Place | undefined]>;
  /** Undefined removes. */
  readonly stats: Iterable<readonly [segment: number, SegmentStat | undefined]>;
  /** How far the log is indexed. */
  readonly position?: number | undefined;
}

/** The index in LevelDB: encoding, and nothing in memory but two scratch buffers. */
export class IndexTable {
  readonly #level: LevelDb;
  /** One for each length of a key; LevelDB copies keys before the call returns. */
  readonly #scratchKeys = new Map<number, Buffer>();
  readonly #scratchPlace = new Uint8Array(placeSize);

  constructor(level: LevelDb) {
    this.#level = level;
  }

  find(multihash: Uint8Array): Place | undefined {
    const key = this.#scratch(multihash.length);
    key.set(multihash, 1);
    return placeIn(this.#level.getSync(key));
  }

  findKey(key: BlockKey): Place | undefined {
    return placeIn(this.#level.getSync(this.#fullKey(key)));
  }

  async write(change: IndexChange): Promise<void> {
    const batch = this.#level.batch();
    for (const [key, place] of change.places) {
      if (place === undefined) batch.del(this.#fullKey(key));
      else {
        encodePlace(place, this.#scratchPlace);
        batch.put(this.#fullKey(key), this.#scratchPlace);
      }
    }
    for (const [segment, stat] of change.stats) {
      if (stat === undefined) batch.del(segmentKey(segment));
      else batch.put(segmentKey(segment), encodeStat(stat));
    }
    if (change.position !== undefined) batch.put(positionKey, encodePosition(change.position));
    await batch.write({ sync: true });
  }

  /** Entries in key order, in pages, so that no iterator of LevelDB is open while somebody works on one. */
  async *pages(entriesMax = 1000): AsyncGenerator<readonly (readonly [BlockKey, Place])[]> {
    const lt = Uint8Array.of(blocksPrefix + 1);
    let gt = Uint8Array.of(blocksPrefix);
    for (;;) {
      const page = await this.#level.iterator({ gt, lt, limit: entriesMax }).all();
      yield page.map(([key, value]) => [blockKeyOf(key.subarray(1)), decodePlace(value)] as const);
      const last = page.at(-1);
      if (last === undefined || page.length < entriesMax) return;
      gt = Uint8Array.from(last[0]);
    }
  }

  async loadStats(): Promise<Map<number, SegmentStat>> {
    const range = { gt: positionKey, lt: Uint8Array.of(segmentsPrefix + 1) };
    const entries = await this.#level.iterator(range).all();
    return new Map(entries.map(([key, value]) => [readNumber(key, 1, 4), decodeStat(value)]));
  }

  async loadPosition(): Promise<number> {
    const value = await this.#level.get(positionKey);
    return value === undefined ? 0 : positionOf(readNumber(value, 0, 4), readNumber(value, 4, 6));
  }

  /** Forgets everything about blocks. */
  async clear(): Promise<void> {
    await this.#level.clear({ gte: positionKey, lt: Uint8Array.of(segmentsPrefix + 1) });
    await this.#level.clear({
      gte: Uint8Array.of(blocksPrefix),
      lt: Uint8Array.of(blocksPrefix + 1),
    });
  }

  #fullKey(key: BlockKey): Uint8Array {
    const full = this.#scratch(key.length);
    full.write(key, 1, "latin1");
    return full;
  }

  #scratch(multihashLength: number): Buffer {
    const found = this.#scratchKeys.get(multihashLength);
    if (found !== undefined) return found;
    const made = Buffer.alloc(multihashLength + 1);
    made[0] = blocksPrefix;
    this.#scratchKeys.set(multihashLength, made);
    return made;
  }
}

function placeIn(value: Uint8Array | undefined): Place | undefined {
  return value === undefined ? undefined : decodePlace(value);
}

function segmentKey(segment: number): Uint8Array {
  const key = new Uint8Array(5);
  key[0] = segmentsPrefix;
  writeNumber(key, segment, { at: 1, size: 4 });
  return key;
}

function encodePosition(position: number): Uint8Array {
  const { segment, offset } = splitPosition(position);
  const bytes = new Uint8Array(10);
  writeNumber(bytes, segment, { at: 0, size: 4 });
  writeNumber(bytes, offset, { at: 4, size: 6 });
  return bytes;
}
