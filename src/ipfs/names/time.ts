// Times as records carry them: RFC 3339 with up to nine digits behind the second, as Go's RFC3339Nano.

const nsPerMs = 1_000_000n;
const nsPerSecond = 1_000_000_000n;

/** As Go prints it: UTC, no zeros at the end. */
export function formatTime(ms: number): string {
  return formatTimeNs(nsOf(ms));
}

/** As `formatTime`, of nanoseconds since the Unix epoch. */
export function formatTimeNs(ns: bigint): string {
  const inSecond = ((ns % nsPerSecond) + nsPerSecond) % nsPerSecond;
  const seconds = new Date(Number((ns - inSecond) / nsPerMs)).toISOString().slice(0, 19);
  const fraction = inSecond.toString().padStart(9, "0").replace(/0+$/, "");
  return `${seconds}${fraction === "" ? "" : `.${fraction}`}Z`;
}

/** Nanoseconds since the Unix epoch; undefined when the text is no time. */
export function parseTimeNs(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,32}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [, seconds = "", fraction = "", zone = ""] = match;
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) * nsPerMs + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

export function nsOf(ms: number): bigint {
  return BigInt(Math.floor(ms)) * nsPerMs;
}

/** Whole milliseconds. */
export function msOf(ns: bigint): number {
  return Number(ns / nsPerMs);
}
