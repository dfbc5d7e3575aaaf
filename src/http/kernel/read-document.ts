import { BodyTooLongError } from "./errors.ts";

/** The pinning service's names, origins and 1000 pairs of metadata have room in it. */
const documentBytesMax = 1024 * 1024;

/** The whole of a body that is a document, as text. @throws {BodyTooLongError} */
export async function readDocument(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > documentBytesMax) throw new BodyTooLongError(documentBytesMax);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
