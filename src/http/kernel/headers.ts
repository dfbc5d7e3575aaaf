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

/**
 * Headers that are checked and complete, with Content-Length: `send` uses them as they are. For answers that are given
 * again and again, whose head would otherwise cost more than their bytes.
 */
export class PreparedHeaders {
  readonly lines: Record<string, string | string[]>;

  constructor(...sources: readonly ResponseHeaders[]) {
    this.lines = {};
    for (const source of sources) copyHeaders(source, this.lines);
  }
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
