import type { CID } from "#model";

/** When a pin was made: a time by which lists are ordered and paged, so no two pins should have the same. */
export interface Created {
  /** Whole milliseconds since the epoch. */
  readonly ms: number;
  /** Nanoseconds beyond them. */
  readonly nanos: number;
}

/** A `before` or `after`. Many clients know no more than milliseconds: a bound without more is compared by them alone. */
export interface TimeBound extends Created {
  readonly isCoarse: boolean;
}

/**
 * The time of a pin as the service tells it. The pinset has milliseconds, or whole seconds where IPFS Cluster wrote the pin;
 * what is finer comes from the CID, so that it is always the same and pins of the same moment can be told apart.
 */
export function createdOf(pin: { readonly cid: CID; readonly created: number }): Created {
  const mark = markOf(pin.cid.multihash.digest);
  if (pin.created % 1000 !== 0) return { ms: pin.created, nanos: mark % 1_000_000 };
  const nanos = mark % 1_000_000_000;
  return { ms: pin.created + Math.floor(nanos / 1_000_000), nanos: nanos % 1_000_000 };
}

/** Negative when `a` is older. */
export function compareCreated(a: Created, b: Created): number {
  return a.ms - b.ms || a.nanos - b.nanos;
}

/** Whether a pin lies between two bounds, neither of which is included. */
export function isWithin(
  created: Created,
  {
    before,
    after,
  }: { readonly before: TimeBound | undefined; readonly after: TimeBound | undefined },
): boolean {
  if (before !== undefined && compareTo(created, before) >= 0) return false;
  return after === undefined || compareTo(created, after) > 0;
}

function compareTo(created: Created, bound: TimeBound): number {
  return bound.isCoarse ? created.ms - bound.ms : compareCreated(created, bound);
}

/** RFC 3339 in UTC, the fraction without trailing zeros. */
export function formatCreated({ ms, nanos }: Created): string {
  const toMilliseconds = new Date(ms).toISOString().slice(0, -1);
  const text = `${toMilliseconds}${String(nanos).padStart(6, "0")}`;
  return `${text.replace(/\.?0+$/, "")}Z`;
}

/** Reads an RFC 3339 time that is known to be one; what is finer than nanoseconds does not count. */
export function parseBound(text: string): TimeBound {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  const whole = Date.parse(text.replace(/\.\d+/, ""));
  const nanos = Number(fraction.slice(0, 9).padEnd(9, "0"));
  const isCoarse = fraction.length <= 3;
  return { ms: whole + Math.floor(nanos / 1_000_000), nanos: nanos % 1_000_000, isCoarse };
}

/** 32 bits of a digest, mixed (FNV-1a), since the ones of inlined content are not random. */
function markOf(digest: Uint8Array): number {
  let mark = 0x811c9dc5;
  for (const byte of digest) mark = Math.imul(mark ^ byte, 0x01000193);
  return mark >>> 0;
}
