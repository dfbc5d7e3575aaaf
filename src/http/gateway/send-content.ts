import type { Exchange, ResponseBody, ResponseHeaders } from "../kernel/index.ts";
import { ContentSizeError, PreconditionFailedError } from "./errors.ts";
import { findTag } from "./etags.ts";
import { layOutMultipart } from "./multipart.ts";
import { type ByteRange, contentRange, parseRanges } from "./ranges.ts";

/** Bytes of a known size. */
export interface Sendable {
  readonly etag: string;
  readonly lastModified: string | undefined;
  readonly sizeBytes: number;
  /** A text that cannot be in the content. */
  readonly boundary: string;
  /** The head of an answer without content. */
  readonly kept: ResponseHeaders;
  /** The head of the answer, but for lengths. `ranges` are those that will be sent, undefined for everything. */
  readonly headers: (
    ranges: readonly ByteRange[] | undefined,
  ) => ResponseHeaders | Promise<ResponseHeaders>;
  /** Everything at once, when it is little. */
  readonly load?: (() => Uint8Array | Promise<Uint8Array>) | undefined;
  /** A part, in pieces. */
  readonly read: (range: ByteRange) => AsyncIterable<Uint8Array>;
}

/**
 * Answers GET and HEAD with content, or what preconditions and ranges make of it (RFC 9110 13 and 14). Ranges count
 * for GET alone. Nothing is read that is not sent.
 */
export async function sendContent(exchange: Exchange, content: Sendable): Promise<void> {
  const { headers: asked, method } = exchange;
  if (asked["if-match"] !== undefined) requireMatch(asked["if-match"], content);
  if (isNotModified(asked, content)) return exchange.send(304, content.kept);
  const ranges =
    asked.range === undefined || method === "HEAD" || !isRangeMeant(asked, content)
      ? undefined
      : parseRanges(asked.range, content.sizeBytes);
  const headers = await content.headers(ranges);
  if (ranges === undefined) return sendWhole(exchange, content, headers);
  const [range] = ranges;
  if (range !== undefined && ranges.length === 1) {
    return sendPart(exchange, content, { headers, range });
  }
  return sendParts(exchange, content, { headers, ranges });
}

async function sendWhole(
  exchange: Exchange,
  content: Sendable,
  headers: ResponseHeaders,
): Promise<void> {
  const { sizeBytes, load } = content;
  if (exchange.method === "HEAD") {
    return exchange.send(200, { ...headers, "Content-Length": String(sizeBytes) });
  }
  if (load !== undefined) return exchange.send(200, headers, await load());
  const whole = { offset: 0, length: sizeBytes };
  const head = { ...headers, "Content-Length": String(sizeBytes) };
  return stream(exchange, { status: 200, headers: head, sizeBytes }, content.read(whole));
}

async function sendPart(
  exchange: Exchange,
  content: Sendable,
  wanted: { readonly headers: ResponseHeaders; readonly range: ByteRange },
): Promise<void> {
  const { offset, length } = wanted.range;
  const headers = {
    ...wanted.headers,
    "Content-Range": contentRange(wanted.range, content.sizeBytes),
  };
  if (content.load !== undefined) {
    const bytes = await content.load();
    return exchange.send(206, headers, bytes.subarray(offset, offset + length));
  }
  const head = { ...headers, "Content-Length": String(length) };
  const pieces = content.read(wanted.range);
  return stream(exchange, { status: 206, headers: head, sizeBytes: length }, pieces);
}

async function sendParts(
  exchange: Exchange,
  content: Sendable,
  wanted: { readonly headers: ResponseHeaders; readonly ranges: readonly ByteRange[] },
): Promise<void> {
  const { sizeBytes, boundary } = content;
  const type = wanted.headers["Content-Type"];
  const layout = layOutMultipart(wanted.ranges, { type, sizeBytes, boundary });
  const headers = {
    ...wanted.headers,
    "Content-Type": layout.contentType,
    "Content-Length": String(layout.sizeBytes),
  };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const { head, range } of layout.parts) {
      yield Buffer.from(head);
      yield* content.read(range);
    }
    yield Buffer.from(layout.tail);
  }
  return stream(exchange, { status: 206, headers, sizeBytes: layout.sizeBytes }, pieces());
}

/** Pieces as they come. The head waits for the first, so that a failure before it still gets its own answer. */
export async function stream(
  exchange: Exchange,
  head: {
    readonly status: number;
    readonly headers: ResponseHeaders;
    /** How many bytes must come; undefined when nobody knows. */
    readonly sizeBytes: number | undefined;
  },
  pieces: AsyncIterable<Uint8Array | string>,
): Promise<void> {
  let body: ResponseBody | undefined;
  let sentBytes = 0;
  try {
    for await (const piece of pieces) {
      body ??= exchange.begin(head.status, head.headers);
      sentBytes += piece.length;
      const room = body.write(piece);
      if (room !== undefined) await room;
    }
    if (head.sizeBytes !== undefined && sentBytes !== head.sizeBytes) {
      throw new ContentSizeError(head.sizeBytes, sentBytes);
    }
    body ??= exchange.begin(head.status, head.headers);
    await body.end();
  } catch (cause) {
    body?.abort();
    throw cause;
  }
}

function requireMatch(header: string, content: Sendable): void {
  if (findTag(header, [content.etag], "strong") === undefined) throw new PreconditionFailedError();
}

function isNotModified(asked: Exchange["headers"], content: Sendable): boolean {
  const noneMatch = asked["if-none-match"];
  if (noneMatch !== undefined) return findTag(noneMatch, [content.etag], "weak") !== undefined;
  const since = asked["if-modified-since"];
  if (since === undefined || content.lastModified === undefined) return false;
  return Date.parse(content.lastModified) <= Date.parse(since);
}

/** If-Range: the client's part belongs to this content, by a strong tag or the exact date. */
function isRangeMeant(asked: Exchange["headers"], content: Sendable): boolean {
  const ifRange = asked["if-range"];
  return ifRange === undefined || ifRange === content.etag || ifRange === content.lastModified;
}
