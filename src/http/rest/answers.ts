import { BadParameterError, type ErrorJson, goJson, type PinJson, pinJsonLine } from "#api";
import { NotInPinsetError } from "#cluster";
import { messageOf } from "#lib";

import { forbiddenChallenge, ForbiddenError } from "../auth/index.ts";
import { BodyTooLongError, type Exchange } from "../kernel/index.ts";

export const jsonType = { "Content-Type": "application/json" } as const;

/** The trailer that tells how a stream ended. */
export const streamError = "X-Stream-Error";

/** What a JSON route answers: a document, or nothing with 204. */
export interface JsonAnswer {
  readonly status: number;
  readonly document?: unknown;
  /** The document's text, when it is there already. */
  readonly text?: string;
}

/** What goes out for an answer. */
export function bodyOf({ document, text }: JsonAnswer): string {
  if (text !== undefined) return text;
  return document === undefined ? "" : goJson(document);
}

export function ok(document: unknown): JsonAnswer {
  return { status: 200, document };
}

/** A pin's document, of which there may be thousands a second. */
export function okPin(pin: PinJson): JsonAnswer {
  return { status: 200, text: pinJsonLine(pin) };
}

export function failed(error: unknown): JsonAnswer {
  return { status: statusOf(error), document: errorDocument(error) };
}

/** As IPFS Cluster (but for 403 and 413, which it does not have): 404 for what is not in the pinset, 400 for a request that cannot be read, 500 for all else. */
export function statusOf(error: unknown): number {
  if (error instanceof BadParameterError) return 400;
  if (error instanceof ForbiddenError) return 403;
  if (error instanceof BodyTooLongError) return 413;
  return error instanceof NotInPinsetError ? 404 : 500;
}

export function errorDocument(error: unknown): ErrorJson {
  return { code: statusOf(error), message: messageOf(error) };
}

/** The answer to somebody who is known and may not do this. */
export function sendForbidden(exchange: Exchange, error: ForbiddenError): Promise<void> {
  const headers = { ...jsonType, "WWW-Authenticate": forbiddenChallenge(error) };
  return exchange.send(403, headers, goJson(errorDocument(error)));
}

/** The answer to a path that no route has. */
export function sendNotFound(exchange: Exchange): Promise<void> {
  return exchange.send(404, jsonType, goJson({ code: 404, message: "not found" }));
}

/** The answer to a path that is there and a method that it does not have. */
export async function sendWrongMethod(exchange: Exchange): Promise<void> {
  // a HEAD tells no length
  if (exchange.method === "HEAD") return exchange.begin(405, {}).end();
  return exchange.send(405, {});
}

/** The answer to a path that is no URL's: Go's HTTP server does not let it in. */
export function sendBadPath(exchange: Exchange): Promise<void> {
  const headers = { "Content-Type": "text/plain; charset=utf-8", Connection: "close" };
  return exchange.send(400, headers, "400 Bad Request");
}
