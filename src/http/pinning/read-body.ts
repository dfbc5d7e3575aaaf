import type { Exchange } from "../kernel/index.ts";
import { BodyTooLongError } from "./errors.ts";

/** Names, origins and 1000 pairs of metadata have room in it. */
const bodyBytesMax = 1024 * 1024;

/** The whole body as text. @throws {BodyTooLongError} */
export async function readBody(exchange: Exchange): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of exchange.body) {
    size += piece.length;
    if (size > bodyBytesMax) throw new BodyTooLongError(bodyBytesMax);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}
