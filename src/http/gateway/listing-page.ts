import { type DirectoryEntry, listDirectory } from "#dag";
import { formatSize } from "#lib";

import { escapeHtml, page } from "./html.ts";
import { encodePath, encodeQueryValue } from "./percent.ts";
import { versionOne } from "./places.ts";
import type { Target } from "./target.ts";
import type { Visit } from "./visit.ts";

/** Rows are sent in pieces of about this size. */
const pieceCharacters = 32 * 1024;

/** A directory as a page, row by row: memory does not grow with the number of entries. */
export async function* htmlListing(visit: Visit): AsyncGenerator<string> {
  const { source, place, exchange } = visit;
  const { target } = place;
  let piece = pageStart(target, versionOne(place.cid));
  let count = 0;
  let sizeBytes = 0;
  for await (const entry of listDirectory(source, place.cid, { signal: exchange.signal })) {
    piece += row(entry, target.url);
    count += 1;
    sizeBytes += entry.tsize;
    if (piece.length < pieceCharacters) continue;
    yield piece;
    piece = "";
  }
  yield piece + pageEnd(count, sizeBytes);
}

export function pageStart(target: Target, cid: string): string {
  const title = escapeHtml(`Index of ${target.text}`);
  const back =
    target.path.segments.length === 0
      ? ""
      : `<tr><td></td><td><a href="${escapeHtml(withSlash(target.url))}..">..</a></td><td></td><td></td></tr>\n`;
  return (
    `${page.start(title)}<h1>Index of ${breadcrumbs(target)}</h1>\n` +
    `<p class="ipfs-hash" translate="no">${cid}</p>\n<table>\n${back}`
  );
}

/** Each part of the path as a link to itself. */
function breadcrumbs(target: Target): string {
  const { path } = target;
  let url = "/ipfs";
  const links = [path.root, ...path.segments].map((name) => {
    url += `/${encodeName(name)}`;
    return `<a href="${escapeHtml(url)}">${escapeHtml(name)}</a>`;
  });
  return `/ipfs/${links.join("/")}`;
}

// The markup of links is what the gateway conformance suite (0.13) compares, down to the spaces.
export function row(entry: DirectoryEntry, url: string): string {
  const cid = versionOne(entry.cid);
  const name = encodeName(entry.name);
  return (
    `<tr><td></td><td><a href="${escapeHtml(withSlash(url) + name)}">${escapeHtml(entry.name)}</a></td>` +
    `<td><a class="ipfs-hash" translate="no" href="/ipfs/${cid}?filename=${encodeQueryValue(name)}">` +
    `${cid.slice(0, 4)}…${cid.slice(-4)}</a></td><td>${formatSize(entry.tsize)}</td></tr>\n`
  );
}

export function pageEnd(count: number, sizeBytes: number): string {
  const entries = count === 1 ? "1 entry" : `${count} entries`;
  return `</table>\n<p>${entries}, ${formatSize(sizeBytes)}</p>\n${page.end}`;
}

/** A slash inside a name is no separator. */
function encodeName(name: string): string {
  return encodePath(name).replaceAll("/", "%2F");
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}
