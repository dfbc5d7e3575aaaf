/** `blocks/000001.car`, and beside it `000001.deleted` when blocks of it were deleted. */
export function segmentName(segment: number): string {
  return `${String(segment).padStart(6, "0")}.car`;
}

export function marksName(segment: number): string {
  return `${String(segment).padStart(6, "0")}.deleted`;
}

/** The segment that a file is or belongs to; undefined for a file that is not the log's. */
export function parseSegmentName(
  name: string,
): { readonly segment: number; readonly isMarks: boolean } | undefined {
  const match = /^(\d{6,9})\.(car|deleted)$/.exec(name);
  if (match === null || Number(match[1]) === 0) return undefined;
  return { segment: Number(match[1]), isMarks: match[2] === "deleted" };
}
