const zeroTime = "0001-01-01T00:00:00Z";

/** A time as Go's JSON writes it: RFC 3339 in UTC, the fraction without trailing zeros; 0 is Go's zero time. */
export function goTime(ms: number): string {
  if (ms === 0) return zeroTime;
  return new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
}

/** Reads what `goTime` writes, and any RFC 3339 time; 0 for Go's zero time, undefined when it is none. */
export function parseGoTime(text: string): number | undefined {
  if (text === zeroTime) return 0;
  return goTimeProblem(text) === undefined ? Date.parse(text) : undefined;
}

/** A valid RFC 3339 time as Go writes it again: with its zone, nanoseconds at most, no trailing zeros. */
export function goTimeText(text: string): string {
  const [, seconds = "", fraction = "", zone = ""] =
    /^([^.]*?)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const digits = fraction.slice(0, 10).replace(/\.?0+$/, "");
  return `${seconds}${digits}${zone === "+00:00" || zone === "-00:00" ? "Z" : zone}`;
}

/** The parts of Go's layout for RFC 3339 and what has to stand there. */
const layout: readonly (readonly [part: string, pattern: RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d\d/],
  ["-", /^-/],
  ["02", /^\d\d/],
  ["T", /^T/],
  ["15", /^\d\d/],
  [":", /^:/],
  ["04", /^\d\d/],
  [":", /^:/],
  ["05", /^\d\d(?:\.\d+)?/],
  ["Z07:00", /^(?:Z|[+-]\d\d:\d\d)/],
];

/** What Go's `time.UnmarshalText` says about a text that is no RFC 3339 time; undefined when it is one. */
export function goTimeProblem(text: string): string | undefined {
  let rest = text;
  for (const [part, pattern] of layout) {
    const match = pattern.exec(rest);
    if (match === null) {
      const found = JSON.stringify(rest);
      return `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${found} as "${part}"`;
    }
    rest = rest.slice(match[0].length);
  }
  if (rest !== "")
    return `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`;
  const range = outOfRange(text);
  return range === undefined
    ? undefined
    : `parsing time ${JSON.stringify(text)}: ${range} out of range`;
}

function outOfRange(text: string): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text
    .split(/[-T:.Z+]/)
    .map(Number);
  if (month < 1 || month > 12) return "month";
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return "day";
  if (hour > 23) return "hour";
  if (minute > 59) return "minute";
  return second > 59 ? "second" : undefined;
}
