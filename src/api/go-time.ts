const zeroTime = "0001-01-01T00:00:00Z";

const dayMs = 86_400_000;
/** The last second that RFC 3339 can write. */
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59);

/** A time as Go's JSON writes it: RFC 3339 in UTC, the fraction without trailing zeros; 0 is Go's zero time. */
export function goTime(ms: number): string {
  if (ms === 0) return zeroTime;
  if (!(ms > 0 && ms <= lastMs)) return new Date(ms).toISOString().replace(/\.?0*Z$/, "Z");
  const whole = Math.floor(ms);
  const days = Math.floor(whole / dayMs);
  const inDay = whole - days * dayMs;
  const seconds = Math.floor(inDay / 1000);
  const fraction = inDay - seconds * 1000;
  return `${dateText(days)}T${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${fractionText(fraction)}Z`;
}

/** The beginning of its second: IPFS Cluster keeps no more of a pin's time. */
export function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** Days since the epoch as a date. Years begin in March here, so that a leap day is the last. */
function dateText(days: number): string {
  const sinceMarch0 = days + 719_468;
  const era = Math.floor(sinceMarch0 / 146_097);
  const ofEra = sinceMarch0 - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear =
    ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}

function fractionText(ms: number): string {
  return ms === 0 ? "" : `.${String(ms).padStart(3, "0").replace(/0+$/, "")}`;
}

/** Reads what `goTime` writes, and any RFC 3339 time; 0 for Go's zero time, undefined when it is none. */
export function parseGoTime(text: string): number | undefined {
  if (text === zeroTime) return 0;
  const ms = Date.parse(text);
  // what comes out as it went in has nothing wrong with it, and most are so
  if (ms > 0 && ms <= lastMs && goTime(ms) === text) return ms;
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
  if (second > 59) return "second";
  const [, zoneHour = 0, zoneMinute = 0] = (/[+-](\d\d):(\d\d)$/.exec(text) ?? []).map(Number);
  if (zoneHour > 23) return "time zone offset hour";
  if (zoneMinute > 59) return "time zone offset minute";
  // in UTC, and in the whole seconds that are stored, it may be another year
  return Date.parse(text) <= lastMs ? undefined : "year";
}
