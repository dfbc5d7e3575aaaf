import type { ResponseHeaders } from "../kernel/index.ts";
import { PathRemainderError } from "./errors.ts";
import { type BlockFormat, blockTag, fileTag } from "./etags.ts";
import { blockDisposition, contentLocation, immutable, unchangedHeaders } from "./headers.ts";
import { mediaTypes } from "./negotiate.ts";
import { type SymlinkContent, versionOne } from "./places.ts";
import { sendContent } from "./send-content.ts";
import type { Visit } from "./visit.ts";

const extensions: Readonly<Record<BlockFormat, string>> = {
  raw: "bin",
  json: "json",
  "dag-json": "json",
  cbor: "cbor",
  "dag-cbor": "cbor",
};

/** Answers with a block's bytes, as they are. */
export async function answerBlock(visit: Visit, format: BlockFormat): Promise<void> {
  const { exchange, place, source } = visit;
  const { cid } = place;
  requireWholeBlock(visit);
  const bytes = await source.get(cid, { signal: exchange.signal });
  const name = `${versionOne(cid)}.${extensions[format]}`;
  return sendBytes(visit, bytes, {
    ...place.headers,
    ...contentLocation(visit),
    ...blockDisposition(visit, name, extensions[format] === "json" ? "inline" : "attachment"),
    Etag: blockTag(cid, format),
    "Cache-Control": immutable,
    "Content-Type": mediaTypes[format],
    "X-Content-Type-Options": "nosniff",
    "Accept-Ranges": "bytes",
  });
}

/** Answers with where a symlink points: a gateway follows none. */
export async function answerSymlink(visit: Visit, symlink: SymlinkContent): Promise<void> {
  const headers: ResponseHeaders = {
    ...visit.place.headers,
    Etag: fileTag(visit.place.cid),
    "Cache-Control": immutable,
    "Content-Type": "inode/symlink",
    "Accept-Ranges": "bytes",
  };
  if (symlink.lastModified !== undefined) headers["Last-Modified"] = symlink.lastModified;
  return sendBytes(visit, Buffer.from(symlink.target), headers);
}

/** @throws {PathRemainderError} when the path ends on a value inside the block */
export function requireWholeBlock(visit: Visit): void {
  const { remainder, cid } = visit.place;
  if (remainder.length > 0) {
    throw new PathRemainderError(remainder.join("/"), `/ipfs/${cid.toString()}`);
  }
}

function sendBytes(visit: Visit, bytes: Uint8Array, headers: ResponseHeaders): Promise<void> {
  const etag = String(headers["Etag"]);
  const lastModified = headers["Last-Modified"];
  return sendContent(visit.exchange, {
    etag,
    lastModified: typeof lastModified === "string" ? lastModified : undefined,
    sizeBytes: bytes.length,
    boundary: versionOne(visit.place.cid),
    kept: unchangedHeaders(visit.place, etag),
    headers: () => headers,
    load: () => bytes,
    async *read({ offset, length }) {
      yield bytes.subarray(offset, offset + length);
    },
  });
}
