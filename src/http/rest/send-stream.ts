import { goJson } from "#api";
import { messageOf } from "#lib";

import type { Exchange } from "../kernel/index.ts";
import { errorDocument, jsonType, statusOf, streamError } from "./answers.ts";
import { LineWriter } from "./line-writer.ts";

const streamHeaders = { ...jsonType, Trailer: streamError } as const;

/** What a stream sends of one item: a line with its newline, or "" for nothing. */
type ToLine<T> = (item: T) => string;

/** A stream whose items come one at a time, for `sendStream`. */
export async function* singly<T>(items: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  for await (const item of items) yield [item];
}

/**
 * Answers a stream of documents, one a line (cluster 1.2): 204 for none, the error's status when it fails before the first,
 * else 200 and at the end the trailer X-Stream-Error, empty when all went well. Reads on only as the client does.
 */
export async function sendStream<T>(
  exchange: Exchange,
  pages: AsyncIterable<readonly T[]>,
  toLine: ToLine<T>,
): Promise<void> {
  const { signal } = exchange;
  let lines: LineWriter | undefined;
  let problem = "";
  try {
    for await (const page of pages) {
      signal.throwIfAborted(); // what has nothing to say would not hear of it by writing
      const text = page.map(toLine).join("");
      if (text === "") continue;
      lines ??= new LineWriter(exchange.begin(200, streamHeaders));
      const room = lines.write(text);
      if (room !== undefined) await room;
    }
  } catch (error) {
    if (lines === undefined) return sendError(exchange, error);
    problem = messageOf(error);
  }
  if (lines === undefined) return exchange.send(204, streamHeaders);
  await lines.end({ [streamError]: problem });
}

/** As IPFS Cluster does it, which has announced the trailer before it knew. */
async function sendError(exchange: Exchange, error: unknown): Promise<void> {
  const body = exchange.begin(statusOf(error), streamHeaders);
  await body.write(goJson(errorDocument(error)));
  return body.end();
}
