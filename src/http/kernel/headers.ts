import type { ResponseHeaders } from "./types.ts";

const plain = /^[\t\x20-\x7e]*$/;
const unprintable = /[^\t\x20-\x7e\u0080-\u{10ffff}]/gu;

/**
 * Text as it may stand in a header or trailer: line ends and control characters become spaces, everything beyond
 * ASCII its UTF-8 bytes, as Go's net/http sends it.
 */
export function headerValue(text: string): string {
  if (plain.test(text)) return text;
  const oneLine = text.replaceAll(unprintable, " ");
  return Buffer.from(oneLine, "utf8").toString("latin1");
}

/** What middleware put down, then what the handler says; the handler wins where both name a header. */
export function mergeHeaders(
  first: ResponseHeaders,
  second: ResponseHeaders,
): Record<string, string | string[]> {
  const merged: Record<string, string | string[]> = {};
  copyHeaders(first, merged);
  copyHeaders(second, merged);
  return merged;
}

function copyHeaders(from: ResponseHeaders, to: Record<string, string | string[]>): void {
  for (const name in from) {
    const value = from[name];
    if (value === undefined) continue;
    to[name] = typeof value === "string" ? headerValue(value) : value.map(headerValue);
  }
}
