import { type Place, readNumber, writeNumber } from "./place.ts";
import { sectionSizeOf } from "./section.ts";

/** What the index knows of a segment. */
export interface SegmentStat {
  readonly liveBlocks: number;
  /** Bytes of live blocks' data. */
  readonly liveBytes: number;
  /** The same with the CIDs and lengths around it: what a rewritten segment would take. */
  readonly liveSectionBytes: number;
  /** How far the segment's marks are applied to the index. */
  readonly marksBytes: number;
}

export const emptyStat: SegmentStat = {
  liveBlocks: 0,
  liveBytes: 0,
  liveSectionBytes: 0,
  marksBytes: 0,
};

export function withPlace(stat: SegmentStat, place: Place, sign: 1 | -1): SegmentStat {
  return {
    liveBlocks: stat.liveBlocks + sign,
    liveBytes: stat.liveBytes + sign * place.length,
    liveSectionBytes: stat.liveSectionBytes + sign * sectionSizeOf(place),
    marksBytes: stat.marksBytes,
  };
}

export function encodeStat(stat: SegmentStat): Uint8Array {
  const bytes = new Uint8Array(24);
  writeNumber(bytes, stat.liveBlocks, { at: 0, size: 6 });
  writeNumber(bytes, stat.liveBytes, { at: 6, size: 6 });
  writeNumber(bytes, stat.liveSectionBytes, { at: 12, size: 6 });
  writeNumber(bytes, stat.marksBytes, { at: 18, size: 6 });
  return bytes;
}

export function decodeStat(bytes: Uint8Array): SegmentStat {
  return {
    liveBlocks: readNumber(bytes, 0, 6),
    liveBytes: readNumber(bytes, 6, 6),
    liveSectionBytes: readNumber(bytes, 12, 6),
    marksBytes: readNumber(bytes, 18, 6),
  };
}
