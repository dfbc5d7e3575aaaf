import { LinkNotFoundError, resolvePath } from "#dag";

import { answerFile } from "./answer-file.ts";
import { findTag, pageTags } from "./etags.ts";
import { contentLocation, pageCaching, unchangedHeaders } from "./headers.ts";
import { jsonListing } from "./listing-json.ts";
import { htmlListing } from "./listing-page.ts";
import { mediaTypes } from "./negotiate.ts";
import { pageVersion } from "./page-version.ts";
import {
  describe,
  type DirectoryContent,
  type FileContent,
  type Found,
  isUnixFs,
} from "./places.ts";
import { stream } from "./send-content.ts";
import { queryOf, type Visit } from "./visit.ts";

/** Answers for a directory: the way to its slash, its index.html, or its entries. */
export async function answerDirectory(visit: Visit, directory: DirectoryContent): Promise<void> {
  const { exchange, place } = visit;
  const isForGo = queryOf(exchange, "go-get") === "1";
  if (!place.target.hasTrailingSlash && !isForGo) return redirectToSlash(visit);
  if (queryOf(exchange, "noResolve") === undefined) {
    const index = await findIndex(visit, directory);
    if (index !== undefined) {
      const file = { ...index, name: "index.html", isIndex: true };
      return answerFile(visit, file);
    }
  }
  return answerListing(visit);
}

/** With a slash relative links in pages work, and there is one URL for one page. */
export function redirectToSlash(visit: Visit): Promise<void> {
  const { exchange, place } = visit;
  const query = exchange.rawQuery === "" ? "" : `?${exchange.rawQuery}`;
  return exchange.send(301, { ...place.headers, Location: `${place.target.url}/${query}` });
}

/** The directory's index.html, if it has one that is a file. */
async function findIndex(
  visit: Visit,
  directory: DirectoryContent,
): Promise<Found<FileContent> | undefined> {
  if (directory.index === "none") return undefined;
  if (directory.index !== undefined) return { content: directory.index, block: undefined };
  const found = await readIndex(visit);
  directory.index = found?.content ?? "none";
  return found;
}

async function readIndex(visit: Visit): Promise<Found<FileContent> | undefined> {
  const { source, place, exchange } = visit;
  const { signal } = exchange;
  const root = place.cid.toString();
  try {
    const path = { namespace: "ipfs", root, cid: place.cid, segments: ["index.html"] } as const;
    const { cid } = await resolvePath(source, path, { signal });
    if (!isUnixFs(cid)) return undefined;
    const block = await source.get(cid, { signal });
    const content = describe(cid, block);
    return content.type === "file" ? { content, block } : undefined;
  } catch (cause) {
    if (cause instanceof LinkNotFoundError) return undefined;
    throw cause;
  }
}

function answerListing(visit: Visit): Promise<void> {
  const { exchange, place, wanted } = visit;
  const tags = pageTags(place.cid, pageVersion);
  const isJson = wanted.format === "json";
  const etag = isJson ? tags.jsonListing : tags.listing;
  const headers = {
    ...place.headers,
    ...contentLocation(visit),
    Etag: etag,
    "Cache-Control": pageCaching,
    "Content-Type": isJson ? mediaTypes.json : "text/html",
  };
  const noneMatch = exchange.headers["if-none-match"];
  if (noneMatch !== undefined && findTag(noneMatch, [etag], "weak") !== undefined) {
    return exchange.send(304, unchangedHeaders(place, etag));
  }
  if (exchange.method === "HEAD") return exchange.begin(200, headers).end();
  const pieces = isJson ? jsonListing(visit) : htmlListing(visit);
  return stream(exchange, { status: 200, headers, sizeBytes: undefined }, pieces);
}
