import { type ByteRange, contentRange } from "./ranges.ts";

/** A multipart/byteranges body: what stands before each part, and after the last (RFC 9110 14.6). */
export interface Multipart {
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly parts: readonly { readonly head: string; readonly range: ByteRange }[];
  readonly tail: string;
}

/** Lays a multipart body out, with the content's type in every part when that is known. The boundary must not be in the content: its own CID cannot be. */
export function layOutMultipart(
  ranges: readonly ByteRange[],
  content: { readonly type: unknown; readonly sizeBytes: number; readonly boundary: string },
): Multipart {
  const type = typeof content.type === "string" ? `Content-Type: ${content.type}\r\n` : "";
  const parts = ranges.map((range, index) => ({
    range,
    head:
      `${index === 0 ? "" : "\r\n"}--${content.boundary}\r\n${type}` +
      `Content-Range: ${contentRange(range, content.sizeBytes)}\r\n\r\n`,
  }));
  const tail = `\r\n--${content.boundary}--\r\n`;
  // heads and the tail are ASCII, so that characters are bytes
  const sizeBytes = parts.reduce(
    (sum, { head, range }) => sum + head.length + range.length,
    tail.length,
  );
  return {
    contentType: `multipart/byteranges; boundary=${content.boundary}`,
    sizeBytes,
    parts,
    tail,
  };
}
