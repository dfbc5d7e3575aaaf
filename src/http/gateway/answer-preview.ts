import { requireWholeBlock } from "./answer-block.ts";
import { redirectToSlash } from "./answer-directory.ts";
import { findTag, pageTags } from "./etags.ts";
import { pageCaching, unchangedHeaders } from "./headers.ts";
import { pageVersion } from "./page-version.ts";
import { previewPage } from "./preview-page.ts";
import type { Visit } from "./visit.ts";

/** Answers with a page about a structured block. */
export async function answerPreview(visit: Visit): Promise<void> {
  const { exchange, place, source } = visit;
  requireWholeBlock(visit);
  if (!place.target.hasTrailingSlash) return redirectToSlash(visit);
  const etag = pageTags(place.cid, pageVersion).preview;
  const headers = {
    ...place.headers,
    Etag: etag,
    "Cache-Control": pageCaching,
    "Content-Type": "text/html",
  };
  const noneMatch = exchange.headers["if-none-match"];
  if (noneMatch !== undefined && findTag(noneMatch, [etag], "weak") !== undefined) {
    return exchange.send(304, unchangedHeaders(place, etag));
  }
  const block = await source.get(place.cid, { signal: exchange.signal });
  return exchange.send(200, headers, previewPage(place.cid, block, place.target.text));
}
