import type { IncomingHttpHeaders } from "node:http";

import type { ResponseHeaders } from "../kernel/index.ts";

/** They speak of one connection, not of what it carries (RFC 9110, 7.6.1). `trailer` is told on as it is. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

/** What a request says to the node; `remoteAddress` is who asked. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  remoteAddress: string,
): Record<string, string | string[]> {
  const dropped = namedBy(headers.connection);
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    // the body was asked for already, so nobody waits for a 100
    const isOurs = hopByHop.has(name) || dropped.has(name) || name === "expect";
    if (value !== undefined && !isOurs) kept[name] = value;
  }
  const before = headers["x-forwarded-for"];
  const chain = [...(before === undefined ? [] : [before].flat()), remoteAddress];
  if (remoteAddress !== "") kept["x-forwarded-for"] = chain.join(", ");
  return kept;
}

/** What the node's answer says to the client: as the node spells it, in its order. */
export function answerHeaders(rawHeaders: readonly string[]): ResponseHeaders {
  const pairs = pairsOf(rawHeaders);
  const connection = pairs.filter(([name]) => name.toLowerCase() === "connection");
  const dropped = namedBy(connection.map(([, value]) => value).join(","));
  const kept = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    if (hopByHop.has(key) || dropped.has(key)) continue;
    const entry = kept.get(key);
    if (entry === undefined) kept.set(key, { name, values: [value] });
    else entry.values.push(value);
  }
  return Object.fromEntries(
    [...kept.values()].map(({ name, values: [first = "", ...more] }) => [
      name,
      more.length === 0 ? first : [first, ...more],
    ]),
  );
}

/** Trailers as the node spells them. */
export function trailersOf(rawTrailers: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairsOf(rawTrailers));
}

function namedBy(connection: string | undefined): ReadonlySet<string> {
  const names = (connection ?? "").split(",").map((name) => name.trim().toLowerCase());
  return new Set(names.filter((name) => name !== ""));
}

function pairsOf(raw: readonly string[]): (readonly [name: string, value: string])[] {
  return Array.from({ length: raw.length / 2 }, (_, index) => {
    return [raw[index * 2] ?? "", textOf(raw[index * 2 + 1] ?? "")] as const;
  });
}

/** node:http reads the bytes of a header as Latin-1, and the kernel writes UTF-8. */
function textOf(value: string): string {
  return /[\u0080-\u00ff]/.test(value) ? Buffer.from(value, "latin1").toString() : value;
}
