import type { ResponseHeaders } from "../kernel/index.ts";
import { contentDisposition } from "./disposition.ts";
import type { Place } from "./places.ts";
import { queryOf, type Visit } from "./visit.ts";

/**
 * Cross-origin access for every answer, errors too: what the Agregore gateway promises and what the official
 * specification asks for, together.
 */
export const corsHeaders = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS, POST, PUT, DELETE",
  "Access-Control-Allow-Headers":
    "Accept, Authorization, Cache-Control, Content-Type, If-None-Match, Last-Event-ID, Range, User-Agent, " +
    "X-Ipfs-Pin, X-Requested-With",
  "Access-Control-Expose-Headers":
    "Content-Length, Content-Location, Content-Range, Etag, Ipfs-Hash, Location, Retry-After, Server-Timing, " +
    "X-Chunked-Output, X-Ipfs-Path, X-Ipfs-Roots, X-Ipns-Path, X-Stream-Output",
} as const;

export const preflightHeaders = { "Access-Control-Max-Age": "86400" } as const;

export const allowedMethods = "GET, HEAD, OPTIONS";

/** Content under /ipfs never changes. */
export const immutable = "public, max-age=29030400, immutable";

/** Generated pages change with the program: a week, and a month more while a fresh one is fetched. */
export const pageCaching = "public, max-age=604800, stale-while-revalidate=2678400";

/** The head of an answer that a client's copy is still good. */
export function unchangedHeaders(place: Pick<Place, "headers">, etag: string): ResponseHeaders {
  const isPage = etag.includes("Index-");
  return { ...place.headers, Etag: etag, "Cache-Control": isPage ? pageCaching : immutable };
}

/** The page's own URL, when only Accept says which representation this is. */
export function contentLocation(visit: Visit): ResponseHeaders {
  const { wanted, place, exchange } = visit;
  if (!wanted.isByAccept || wanted.format === undefined) return {};
  const format = `format=${wanted.format}`;
  const query = exchange.rawQuery === "" ? format : `${exchange.rawQuery}&${format}`;
  return { "Content-Location": `${place.target.url}?${query}` };
}

/** The name that content is saved under, as the URL wants it; undefined when it says nothing. */
export function wantedName(visit: Visit): string | undefined {
  const name = queryOf(visit.exchange, "filename");
  return name === "" ? undefined : name;
}

export function isDownload(visit: Visit): boolean {
  return queryOf(visit.exchange, "download") === "true";
}

/** Content-Disposition of blocks, which always have one. */
export function blockDisposition(
  visit: Visit,
  name: string,
  type: "inline" | "attachment",
): ResponseHeaders {
  const asked = isDownload(visit) ? "attachment" : type;
  return { "Content-Disposition": contentDisposition(asked, wantedName(visit) ?? name) };
}
