import type { BlockKey } from "../block-key.ts";
import type { IndexChange, IndexTable } from "./index-table.ts";
import type { Marks } from "./marks.ts";
import type { PendingBlock } from "./pending-blocks.ts";
import { endPositionOf, isSamePlace, type Place } from "./place.ts";
import { sectionStart } from "./section.ts";
import { type SegmentStat, withPlace } from "./segment-stats.ts";

/** What a draft starts from. */
export interface CurrentIndex {
  find(key: BlockKey): Place | undefined;
  statOf(segment: number): SegmentStat;
}

/** A change of the index as it is put together. Nothing outside changes before it is written. */
export class IndexDraft implements IndexChange {
  readonly places = new Map<BlockKey, Place | undefined>();
  readonly stats = new Map<number, SegmentStat>();
  /** Sections that count no longer, by segment. */
  readonly marks = new Map<number, number[]>();
  position: number | undefined;
  readonly #current: CurrentIndex;

  constructor(current: CurrentIndex) {
    this.#current = current;
  }

  find(key: BlockKey): Place | undefined {
    return this.places.has(key) ? this.places.get(key) : this.#current.find(key);
  }

  statOf(segment: number): SegmentStat {
    return this.stats.get(segment) ?? this.#current.statOf(segment);
  }

  /** Takes a section in, in log order: it replaces an older one, unless compaction moved what is gone meanwhile. */
  addBlock(block: PendingBlock): void {
    this.position = endPositionOf(block);
    if (block.origin === "new") return this.#put(block.key, block);
    const old = this.find(block.key);
    const isOvertaken = typeof block.origin === "object" && !isSamePlace(old, block.origin.from);
    if (isOvertaken) return this.#mark(block);
    this.replace(block.key, { old, place: block });
  }

  /** The block is at `place` now; what was there before counts no longer. */
  replace(
    key: BlockKey,
    { old, place }: { readonly old: Place | undefined; readonly place: Place },
  ): void {
    if (isSamePlace(old, place)) return;
    if (old !== undefined) this.#drop(old);
    this.#put(key, place);
  }

  remove(key: BlockKey, place: Place): void {
    this.#drop(place);
    this.places.set(key, undefined);
  }

  setMarksBytes(segment: number, marksBytes: number): void {
    this.stats.set(segment, { ...this.statOf(segment), marksBytes });
  }

  #put(key: BlockKey, place: Place): void {
    this.places.set(key, place);
    this.stats.set(place.segment, withPlace(this.statOf(place.segment), place, 1));
  }

  #drop(place: Place): void {
    this.#mark(place);
    this.stats.set(place.segment, withPlace(this.statOf(place.segment), place, -1));
  }

  #mark(place: Place): void {
    const marks = this.marks.get(place.segment);
    if (marks === undefined) this.marks.set(place.segment, [sectionStart(place)]);
    else marks.push(sectionStart(place));
  }
}

/**
 * Writes a draft, durably. Marks come first: what the index forgets must not come back when the index is made anew
 * from the log.
 */
export async function writeDraft(
  deps: { readonly table: IndexTable; readonly marks: Marks },
  draft: IndexDraft,
  stats: Map<number, SegmentStat>,
): Promise<void> {
  const marksBytesOf = (segment: number): number => stats.get(segment)?.marksBytes ?? 0;
  try {
    for (const [segment, offsets] of draft.marks) {
      const sizeBytes = await deps.marks.append(segment, offsets, marksBytesOf(segment));
      draft.setMarksBytes(segment, sizeBytes);
    }
    await deps.table.write(draft);
  } catch (error) {
    // the next start would follow marks that the index does not know, when they are no longer true
    for (const segment of draft.marks.keys()) await deps.marks.cut(segment, marksBytesOf(segment));
    throw error;
  }
  for (const [segment, stat] of draft.stats) stats.set(segment, stat);
}
