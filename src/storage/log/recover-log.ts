import type { Logger } from "#lib";
import { CID } from "#model";

import { blockKeyOf } from "../block-key.ts";
import { type Disk, type DiskFile, readFully } from "../disk.ts";
import { type CurrentIndex, IndexDraft, writeDraft } from "./index-draft.ts";
import type { IndexTable } from "./index-table.ts";
import { Marks } from "./marks.ts";
import { isSamePlace, type Place, positionOf, splitPosition } from "./place.ts";
import { carHeader } from "./section.ts";
import type { SegmentFiles } from "./segment-files.ts";
import { parseSegmentName } from "./segment-names.ts";
import { type Section, SegmentReader } from "./segment-reader.ts";
import { emptyStat, type SegmentStat, withPlace } from "./segment-stats.ts";

export interface RecoverDeps {
  readonly disk: Disk;
  readonly files: SegmentFiles;
  readonly marks: Marks;
  readonly table: IndexTable;
  readonly logger: Logger;
  readonly verifyBlock: (cid: CID, bytes: Uint8Array) => string | undefined;
}

export interface RecoveredLog {
  readonly stats: Map<number, SegmentStat>;
  /** The end of the log, all of it indexed. */
  readonly position: number;
}

/** Sections in one batch of the index. */
const batchBlocksMax = 8192;
/** A rebuild checks hashes only so far from the log's end: what a crash can tear is much shorter. */
const rebuildCheckedBytes = 256 * 1024 * 1024;

/**
 * Brings index and log together: cuts what a crash left half-written at the log's end, indexes what came after the last
 * batch, follows the marks that the index does not know, and forgets places that the log no longer has.
 */
export async function recoverLog(
  deps: RecoverDeps,
  options: { readonly isRebuild?: boolean } = {},
): Promise<RecoveredLog> {
  const stats = await deps.table.loadStats();
  const recovery = new Recovery(deps, stats, options.isRebuild ?? false);
  return recovery.run(await deps.table.loadPosition());
}

class Recovery {
  readonly #deps: RecoverDeps;
  readonly #stats: Map<number, SegmentStat>;
  readonly #isRebuild: boolean;

  constructor(deps: RecoverDeps, stats: Map<number, SegmentStat>, isRebuild: boolean) {
    this.#deps = deps;
    this.#stats = stats;
    this.#isRebuild = isRebuild;
  }

  async run(loadedPosition: number): Promise<RecoveredLog> {
    const lastNumber = Math.max(
      0,
      splitPosition(loadedPosition).segment,
      ...this.#deps.files.numbers(),
    );
    await this.#forgetMissing();
    const position = await this.#checkPosition(loadedPosition);
    const { segment: first, offset } = splitPosition(position);
    for (const segment of this.#deps.files.numbers()) {
      const from = segment < first ? Number.POSITIVE_INFINITY : segment === first ? offset : 0;
      await this.#applyLateMarks(segment, from);
      if (segment >= first) await this.#replay(segment, from);
    }
    return { stats: this.#stats, position: this.#end(lastNumber) };
  }

  #end(lastNumber: number): number {
    const { files } = this.#deps;
    return positionOf(lastNumber, files.has(lastNumber) ? files.sizeBytes(lastNumber) : 0);
  }

  /** Segments that compaction had emptied before the crash, and marks whose segment is gone. */
  async #forgetMissing(): Promise<void> {
    const { disk, files, table, logger } = this.#deps;
    const gone: [number, undefined][] = [];
    for (const [segment, stat] of this.#stats) {
      if (files.has(segment)) continue;
      if (stat.liveBlocks === 0) gone.push([segment, undefined]);
      else
        logger.error("a segment of the block log is missing", { segment, blocks: stat.liveBlocks });
    }
    await table.write({ places: [], stats: gone });
    for (const [segment] of gone) this.#stats.delete(segment);
    for (const name of disk.list(files.folder)) {
      const parsed = parseSegmentName(name);
      if (parsed?.isMarks !== true || files.has(parsed.segment)) continue;
      if (!this.#stats.has(parsed.segment)) disk.remove(`${files.folder}/${name}`);
    }
  }

  /** An index that knows more than the log holds (a folder copied while it was written) forgets the rest. */
  async #checkPosition(position: number): Promise<number> {
    const { segment, offset } = splitPosition(position);
    const { files, logger } = this.#deps;
    const isRetired = !files.has(segment) && !this.#stats.has(segment);
    if (position === 0 || isRetired || files.sizeBytes(segment) >= offset) return position;
    const known = positionOf(segment, files.sizeBytes(segment));
    logger.warn("the block log is shorter than its index knows", { segment, offset });
    this.#stats.clear();
    for await (const page of this.#deps.table.pages()) {
      const lost = page.filter(([, place]) => !this.#isInLog(place));
      for (const [, place] of page.filter(([, other]) => this.#isInLog(other))) this.#count(place);
      const places = lost.map(([key]) => [key, undefined] as const);
      if (lost.length > 0) await this.#deps.table.write({ places, stats: [] });
    }
    await this.#deps.table.write({ places: [], stats: this.#stats, position: known });
    return known;
  }

  #isInLog(place: Place): boolean {
    return place.offset + place.length <= this.#deps.files.sizeBytes(place.segment);
  }

  #count(place: Place): void {
    const marksBytes = Marks.sizeOf(this.#deps.marks.load(place.segment, 0).length);
    const stat = this.#stats.get(place.segment) ?? { ...emptyStat, marksBytes };
    this.#stats.set(place.segment, withPlace(stat, place, 1));
  }

  /** Marks that were written when the crash kept the index from following. Those behind `before` are the replay's. */
  async #applyLateMarks(segment: number, before: number): Promise<void> {
    const { files, marks } = this.#deps;
    const known = this.#stats.get(segment)?.marksBytes ?? 0;
    const late = marks.load(segment, known);
    if (late.length === 0) return;
    const draft = new IndexDraft(this.#current());
    await files.use(segment, async (file) => {
      for (const from of late.filter((offset) => offset < before)) {
        const reader = new SegmentReader(
          file,
          { segment, from, to: files.sizeBytes(segment) },
          { isSkippingData: true },
        );
        const section = await reader.next();
        if (section === undefined) continue;
        const key = blockKeyOf(section.multihash);
        if (isSamePlace(draft.find(key), section.place)) draft.remove(key, section.place);
      }
    });
    draft.marks.clear(); // they are written already
    draft.setMarksBytes(segment, known + Marks.sizeOf(late.length));
    await writeDraft(this.#deps, draft, this.#stats);
  }

  async #replay(segment: number, from: number): Promise<void> {
    const { files, logger } = this.#deps;
    const to = files.sizeBytes(segment);
    const problem = await files.use(segment, async (file) => {
      if (from === 0 && !(await beginsAsOurs(file))) return "head";
      const isChecking = !this.#isRebuild || this.#bytesFrom(segment) <= rebuildCheckedBytes;
      const range = { segment, from: Math.max(from, carHeader.length), to };
      const reader = new SegmentReader(file, range, { isSkippingData: !isChecking });
      return this.#indexSections(reader, { segment, isChecking });
    });
    if (problem === undefined) return;
    if (problem === "head" && to >= carHeader.length) {
      logger.warn("a file that looks like a segment is none; it is left alone", { segment });
      files.ignore(segment);
    } else if (problem === "head") await files.remove(segment);
    else {
      logger.warn("cut what a crash left at the end of a segment", { segment, ...problem });
      await files.truncate(segment, problem.cutAt);
    }
  }

  /** How many bytes there are from the end of the segment to the end of the log. */
  #bytesFrom(segment: number): number {
    const { files } = this.#deps;
    const later = files.numbers().filter((other) => other > segment);
    return later.reduce((sum, other) => sum + files.sizeBytes(other), 0);
  }

  /** Answers where to cut when something is not as it was written. */
  async #indexSections(
    reader: SegmentReader,
    { segment, isChecking }: { readonly segment: number; readonly isChecking: boolean },
  ): Promise<{ readonly cutAt: number; readonly problem: string } | undefined> {
    const marked = new Set(this.#deps.marks.load(segment, 0));
    let draft = new IndexDraft(this.#current());
    for (;;) {
      const section = await reader.next();
      const problem = section === undefined ? reader.problem : this.#check(section, isChecking);
      if (section !== undefined && problem === undefined) {
        if (!marked.has(section.start)) this.#index(draft, section);
        draft.position = positionOf(segment, reader.offset);
        if (draft.places.size < batchBlocksMax) continue;
      }
      await writeDraft(this.#deps, draft, this.#stats);
      draft = new IndexDraft(this.#current());
      if (problem !== undefined) return { cutAt: section?.start ?? reader.offset, problem };
      if (section === undefined) return undefined;
    }
  }

  #check(section: Section, isChecking: boolean): string | undefined {
    return isChecking ? this.#deps.verifyBlock(CID.decode(section.cid), section.bytes) : undefined;
  }

  /** The last section of a block is the one that counts. */
  #index(draft: IndexDraft, section: Section): void {
    const key = blockKeyOf(section.multihash);
    const old = draft.find(key);
    const isThere = old !== undefined && this.#deps.files.has(old.segment);
    draft.replace(key, { old: isThere ? old : undefined, place: section.place });
  }

  #current(): CurrentIndex {
    return {
      find: (key) => this.#deps.table.findKey(key),
      statOf: (segment) => this.#stats.get(segment) ?? emptyStat,
    };
  }
}

async function beginsAsOurs(file: DiskFile): Promise<boolean> {
  const head = new Uint8Array(carHeader.length);
  const read = await readFully(file, head, 0);
  return read === head.length && Buffer.compare(head, carHeader) === 0;
}
