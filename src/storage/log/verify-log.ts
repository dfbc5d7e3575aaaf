import { CID, type SignalOptions } from "#model";

import { type BlockKey, blockKeyOf, multihashOf } from "../block-key.ts";
import { readFully } from "../disk.ts";
import type { VerifiedBlock } from "../ports.ts";
import { rawCidOf } from "../raw-cid.ts";
import type { BlockIndex } from "./block-index.ts";
import type { Marks } from "./marks.ts";
import { isSamePlace, type Place, positionAt, positionOf } from "./place.ts";
import { carHeader, sectionStart } from "./section.ts";
import type { SegmentFiles } from "./segment-files.ts";
import { segmentName } from "./segment-names.ts";
import { type Section, SegmentReader } from "./segment-reader.ts";

export interface VerifyDeps {
  readonly files: SegmentFiles;
  readonly index: BlockIndex;
  readonly marks: Marks;
  readonly verifyBlock: (cid: CID, bytes: Uint8Array) => string | undefined;
}

/** How far reading a segment in order came. */
interface Reached {
  liveBlocks: number;
  problem: string | undefined;
}

/**
 * Reads the segments in order and checks every live block, and that the index knows every section that is not marked.
 * Then counts what the index has in each segment: where that is more than was found, each of its entries is looked at,
 * so that nothing goes unchecked because a damaged length before it hides it. What comes meanwhile is left out: it may
 * not be written yet.
 */
export async function* verifyLog(
  deps: VerifyDeps,
  options: SignalOptions = {},
): AsyncGenerator<VerifiedBlock> {
  const reachedOf = new Map<number, Reached>();
  const end = deps.index.indexedPosition;
  for (const segment of deps.files.numbers()) {
    const reached = { liveBlocks: 0, problem: undefined };
    reachedOf.set(segment, reached);
    yield* verifySegment(deps, { segment, reached, end, ...options });
  }
  const countOf = new Map<number, number>();
  for await (const [, { segment }] of entries(deps.index, end, options)) {
    countOf.set(segment, (countOf.get(segment) ?? 0) + 1);
  }
  for await (const [key, place] of entries(deps.index, end, options)) {
    const reached = reachedOf.get(place.segment);
    if ((countOf.get(place.segment) ?? 0) <= (reached?.liveBlocks ?? 0)) continue;
    const problem = await verifyEntry(deps, { key, place, reached });
    if (problem !== undefined) yield { cid: rawCidOf(multihashOf(key)), problem };
  }
}

async function* verifySegment(
  deps: VerifyDeps,
  options: SignalOptions & {
    readonly segment: number;
    readonly reached: Reached;
    readonly end: number;
  },
): AsyncGenerator<VerifiedBlock> {
  const { segment, reached, end } = options;
  const open = deps.files.acquire(segment);
  if (open === undefined) return;
  try {
    const marked = new Set(deps.marks.load(segment, 0));
    const endHere = end - positionOf(segment, 0);
    const to = Math.min(deps.files.sizeBytes(segment), endHere);
    const range = { segment, from: carHeader.length, to };
    const reader = new SegmentReader(open.file, range);
    for (let section = await reader.next(); section !== undefined; section = await reader.next()) {
      options.signal?.throwIfAborted();
      const place = deps.index.findKey(blockKeyOf(section.multihash));
      if (isSamePlace(place, section.place)) reached.liveBlocks += 1;
      else if (place !== undefined || marked.has(section.start)) continue;
      else if (isRemovedNow(deps, section)) continue;
      const cid = CID.decode(section.cid);
      const problem = deps.verifyBlock(cid, section.bytes);
      yield { cid, problem: place === undefined ? "the index does not know it" : problem };
    }
    reached.problem = reader.problem;
  } finally {
    open.release();
  }
}

/** Removed while the segment was read. */
function isRemovedNow({ marks }: VerifyDeps, { place, start }: Section): boolean {
  return marks.load(place.segment, 0).includes(start);
}

/** What is wrong with an entry of the index whose segment did not show all that it should. */
async function verifyEntry(
  { files, index, verifyBlock }: VerifyDeps,
  entry: { readonly key: BlockKey; readonly place: Place; readonly reached: Reached | undefined },
): Promise<string | undefined> {
  const { key, place, reached } = entry;
  const { segment, offset, length } = place;
  const name = segmentName(segment);
  const problem = await files.use(segment, async (file) => {
    const range = { segment, from: sectionStart(place), to: files.sizeBytes(segment) };
    const section = await new SegmentReader(file, range, { isSkippingData: true }).next();
    if (section === undefined || blockKeyOf(section.multihash) !== key) {
      return `it is not where the index says, in ${name}`;
    }
    if (reached?.problem === undefined) return "";
    const bytes = new Uint8Array(length);
    if ((await readFully(file, bytes, offset)) < length) return `${name} is too short`;
    return (
      verifyBlock(rawCidOf(multihashOf(key)), bytes) ?? `in ${name}, ${reached.problem}, before it`
    );
  });
  if (!isSamePlace(index.findKey(key), place)) return undefined; // gone by now
  if (problem === undefined) return `${name} is missing`;
  return problem === "" ? undefined : problem;
}

/** Those of before a position. */
async function* entries(
  index: BlockIndex,
  end: number,
  options: SignalOptions,
): AsyncGenerator<readonly [BlockKey, Place]> {
  for await (const page of index.pages()) {
    options.signal?.throwIfAborted();
    yield* page.filter(([, place]) => positionAt(place) < end);
  }
}
