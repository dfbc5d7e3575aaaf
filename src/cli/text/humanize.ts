// Amounts as github.com/dustin/go-humanize 1.0.1 prints them.

const units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

/** Bytes in powers of 1000, with a decimal below 10: `83 MB`, `1.5 kB`, `7 B`. */
export function humanBytes(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  const power = Math.floor(Math.log(bytes) / Math.log(1000));
  const value = Math.floor((bytes / 1000 ** power) * 10 + 0.5) / 10;
  return `${roundHalfEven(value, value < 10 ? 1 : 0)} ${units[power] ?? "EB"}`;
}

function roundHalfEven(value: number, digits: 0 | 1): string {
  const isTie = digits === 0 && value % 1 === 0.5;
  return isTie ? String(2 * Math.round(value / 2)) : value.toFixed(digits);
}

const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const [week, month, year] = [7 * day, 30 * day, 360 * day];

/** Below `below` milliseconds the text holds; `N` stands for how many of `unit`. */
const spans: readonly { readonly below: number; readonly text: string; readonly unit: number }[] = [
  { below: 2 * second, text: "1 second", unit: second },
  { below: minute, text: "N seconds", unit: second },
  { below: 2 * minute, text: "1 minute", unit: minute },
  { below: hour, text: "N minutes", unit: minute },
  { below: 2 * hour, text: "1 hour", unit: hour },
  { below: day, text: "N hours", unit: hour },
  { below: 2 * day, text: "1 day", unit: day },
  { below: week, text: "N days", unit: day },
  { below: 2 * week, text: "1 week", unit: week },
  { below: month, text: "N weeks", unit: week },
  { below: 2 * month, text: "1 month", unit: month },
  { below: year, text: "N months", unit: month },
  { below: 18 * month, text: "1 year", unit: year },
  { below: 2 * year, text: "2 years", unit: year },
  { below: 37 * year, text: "N years", unit: year },
];

/** A moment as seen from another: `29 seconds from now`, `3 weeks ago`, `now`. Both in milliseconds. */
export function humanTime(then: number, now: number): string {
  const distance = Math.abs(then - now);
  if (distance < second) return "now";
  const span = spans.find(({ below }) => distance < below);
  const text = span?.text.replace("N", String(Math.floor(distance / span.unit))) ?? "a long while";
  return `${text} ${then > now ? "from now" : "ago"}`;
}
