import { goJson } from "#api";
import { messageOf } from "#lib";

import type { Exchange, ResponseBody } from "../kernel/index.ts";
import { errorDocument, jsonType, statusOf, streamError } from "./answers.ts";

const streamHeaders = { ...jsonType, Trailer: streamError } as const;

/**
 * Answers a stream of documents, one a line (cluster 1.2): 204 for none, the error's status when it fails before the first,
 * else 200 and at the end the trailer X-Stream-Error, empty when all went well. Reads on only as the client does.
 */
export async function sendStream(
  exchange: Exchange,
  documents: AsyncIterable<unknown>,
): Promise<void> {
  const items = documents[Symbol.asyncIterator]();
  let first: IteratorResult<unknown>;
  try {
    first = await items.next();
  } catch (error) {
    const body = exchange.begin(statusOf(error), streamHeaders);
    await body.write(goJson(errorDocument(error)));
    return body.end();
  }
  if (first.done === true) return exchange.send(204, streamHeaders);
  const body = exchange.begin(200, streamHeaders);
  const problem = await writeLines(body, first, items);
  await body.end({ [streamError]: problem });
}

/** Answers the text of the error that ended the stream, or "". A client that is gone ends it with that error. */
async function writeLines(
  body: ResponseBody,
  first: IteratorResult<unknown>,
  items: AsyncIterator<unknown>,
): Promise<string> {
  try {
    for (let item = first; item.done !== true; item = await items.next()) {
      const room = body.write(goJson(item.value));
      if (room !== undefined) await room;
    }
    return "";
  } catch (error) {
    return messageOf(error);
  } finally {
    await items.return?.();
  }
}
