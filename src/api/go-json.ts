/** A Go map: keys are written in the order of their bytes. Made by `goMap`; everything else keeps its order. */
export type GoMap<T> = Readonly<Record<string, T>>;

/** A record that `goJson` writes as Go writes a map. */
export function goMap<T>(entries: Iterable<readonly [key: string, value: T]>): GoMap<T> {
  const map: Record<string, T> = Object.create(null);
  for (const [key, value] of entries) map[key] = value;
  return map;
}

/**
 * JSON as Go's encoder writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped, `goMap`s sorted by the bytes of their keys,
 * bigints as bare integers, one newline at the end. Fields keep the order in which the object has them, undefined ones
 * are left out.
 */
export function goJson(value: unknown): string {
  return `${escaped(write(value))}\n`;
}

/** A string as Go's encoder writes it. */
export function goString(text: string): string {
  return plain.test(text) ? `"${text}"` : escaped(JSON.stringify(text));
}

/** Nothing in it is escaped. */
const plain = /^[ !#-%'-;=?-[\]-~]*$/;

function escaped(json: string): string {
  return /[<>&\u2028\u2029]/.test(json) ? json.replaceAll(/[<>&\u2028\u2029]/g, escape) : json;
}

function write(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  if (Object.getPrototypeOf(value) === null) entries.sort(([a], [b]) => compareBytes(a, b));
  return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${write(field)}`).join(",")}}`;
}

/** The order of Go's map keys. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function escape(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
