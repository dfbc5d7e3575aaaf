import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";

import { abortReason, asError, messageOf, scanJson, systemClock, writeAll } from "#lib";
import type { SignalOptions } from "#model";

import { RequestTimeoutError, RestApiError } from "./errors.ts";

export type Credentials =
  { readonly username: string; readonly password: string } | { readonly token: string };

export interface RestTarget {
  /** Where the API is, such as `http://127.0.0.1:9094`, or `unix:/run/pinfold.sock`. */
  readonly url: string;
  /** Where it is, too: each is asked when no answer came from those before. What has a body is sent once only. */
  readonly fallbacks?: readonly string[] | undefined;
  /** For a whole exchange, until the end of the answer. Default: forever. */
  readonly timeoutMs?: number | undefined;
  readonly credentials?: Credentials | undefined;
  /** Hears of each request that is sent. */
  readonly onRequest?: ((method: string, url: string) => void) | undefined;
  /** Takes whatever certificate the server has: anybody on the way can read and change everything. */
  readonly isUnchecked?: boolean | undefined;
}

export interface RestRequest extends SignalOptions {
  readonly method: "GET" | "POST" | "DELETE";
  /** With a leading slash; already encoded. */
  readonly path: string;
  readonly query?: URLSearchParams | string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent in chunks as it comes, while the answer is already being read. */
  readonly body?: AsyncIterable<Uint8Array> | undefined;
}

/** A longer error text is cut. */
const errorBytesMax = 64 * 1024;

/**
 * Sends a request and answers the response when its head says success. Whoever takes it reads or destroys it.
 * node:http is used because fetch hides trailers.
 * @throws {RestApiError}
 */
async function openRest(target: RestTarget, request: RestRequest): Promise<IncomingMessage> {
  const response = await exchange(target, request);
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  const error = await readError(response);
  // what is still being uploaded is in vain
  response.destroy();
  throw error;
}

/**
 * One JSON document, which is taken to be what the contract says; null when the answer is empty.
 * @throws {RestApiError}
 */
export async function restDocument<T>(target: RestTarget, request: RestRequest): Promise<T> {
  const response = await openRest(target, request);
  const text = await readText(response, Infinity);
  return parseDocument(text === "" ? "null" : text, response);
}

/**
 * A stream of JSON documents, one a line, taken as `restDocument` does. Leaving it early closes the connection.
 * @throws {RestApiError} with status 500 after the last document when the trailer X-Stream-Error has a text
 */
export async function* restStream<T>(target: RestTarget, request: RestRequest): AsyncGenerator<T> {
  const response = await openRest(target, request);
  try {
    for await (const line of linesOf(response)) yield parseDocument(line, response);
    if (!response.complete) throw new RestApiError(0, "the answer ended early");
    const problem = trailerOf(response);
    if (problem !== "") throw new RestApiError(500, problem);
  } finally {
    response.destroy();
  }
}

/** @throws {RestApiError} in Go's words for what is no JSON, as somebody else's server answers */
function parseDocument(text: string, response: IncomingMessage): ReturnType<typeof JSON.parse> {
  try {
    return parseJson(text);
  } catch (cause) {
    const { problem = messageOf(cause) } = scanJson(text);
    throw new RestApiError(response.statusCode ?? 0, problem, { cause });
  }
}

/** As JSON.parse; numbers that a number cannot hold (nanoseconds) become bigints. */
function parseJson(text: string): ReturnType<typeof JSON.parse> {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) => {
    const isWhole = typeof value === "number" && /^-?\d+$/.test(context?.source ?? "");
    return isWhole && !Number.isSafeInteger(value) ? BigInt(context?.source ?? "0") : value;
  });
}

async function exchange(target: RestTarget, request: RestRequest): Promise<IncomingMessage> {
  let last: unknown;
  for (const url of [target.url, ...(target.fallbacks ?? [])]) {
    try {
      return await exchangeAt({ ...target, url }, request);
    } catch (error) {
      const isSilence = error instanceof RestApiError && error.status === 0;
      if (!isSilence || request.body !== undefined) throw error;
      last = error;
    }
  }
  throw last;
}

async function exchangeAt(target: RestTarget, request: RestRequest): Promise<IncomingMessage> {
  const { base, send, ...where } = placeOf(target);
  const query = request.query?.toString() ?? "";
  const path = `${request.path}${query === "" ? "" : `?${query}`}`;
  target.onRequest?.(request.method, `${target.url}${path}`);
  const outgoing = send({
    ...where,
    method: request.method,
    path: `${base}${path}`,
    headers: { ...authorization(target.credentials), ...request.headers },
  });
  return converse(outgoing, request, {
    timeoutMs: target.timeoutMs,
    asked: { method: request.method, url: target.url, path },
  });
}

interface Place {
  readonly send: typeof httpRequest;
  /** What goes before every path. */
  readonly base: string;
  readonly protocol?: string;
  readonly hostname?: string;
  readonly port?: string;
  readonly socketPath?: string;
  readonly rejectUnauthorized?: boolean;
}

function placeOf({ url: text, isUnchecked = false }: RestTarget): Place {
  if (text.startsWith("unix:")) {
    return { send: httpRequest, base: "", socketPath: text.slice("unix:".length) };
  }
  const url = new URL(text);
  const { protocol, port } = url;
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const base = url.pathname.replace(/\/+$/, "");
  if (protocol !== "https:") return { send: httpRequest, base, protocol, hostname, port };
  const rejectUnauthorized = !isUnchecked;
  return { send: httpsRequest, base, protocol, hostname, port, rejectUnauthorized };
}

/** Resolves with the response, maybe before the body is sent; a body that fails breaks the connection. */
function converse(
  outgoing: ClientRequest,
  request: RestRequest,
  how: { readonly timeoutMs: number | undefined; readonly asked: RestApiError["request"] },
): Promise<IncomingMessage> {
  const { signal, body } = request;
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void =>
      reject(new RestApiError(0, messageOf(cause), { cause, request: how.asked }));
    const onAbort = (): void => {
      outgoing.destroy(abortReason(signal));
      reject(abortReason(signal));
    };
    let answer: IncomingMessage | undefined;
    const stopTimer = startTimer(how.timeoutMs, (error) => {
      fail(error);
      (answer ?? outgoing).destroy(error);
    });
    outgoing.once("response", (response: IncomingMessage) => {
      answer = response;
      response.once("close", () => {
        stopTimer();
        signal?.removeEventListener("abort", onAbort);
      });
      resolve(response);
    });
    outgoing.once("error", (cause) => {
      stopTimer();
      if (signal?.aborted === true) reject(abortReason(signal));
      else fail(cause);
    });
    if (signal?.aborted === true) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    if (body === undefined) return outgoing.end();
    writeAll(body, outgoing).catch((cause: unknown) => {
      outgoing.destroy();
      reject(asError(cause));
    });
  });
}

function startTimer(ms: number | undefined, onEnd: (error: Error) => void): () => void {
  if (ms === undefined) return () => undefined;
  const stopped = new AbortController();
  const onTime = (): void => onEnd(new RequestTimeoutError(`no answer in ${ms} ms`));
  systemClock.sleep(ms, stopped.signal).then(onTime, () => undefined);
  return () => stopped.abort();
}

function authorization(credentials: Credentials | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  if ("token" in credentials) return { Authorization: `Bearer ${credentials.token}` };
  const pair = `${credentials.username}:${credentials.password}`;
  return { Authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** Lines with something in them. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of bytesOf(response)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines.filter(isFilled);
  }
  if (isFilled(rest)) yield rest;
}

function isFilled(line: string): boolean {
  return line.trim() !== "";
}

/** The body; a connection that breaks is a RestApiError. */
async function* bytesOf(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await chunks.next();
    } catch (cause) {
      throw new RestApiError(0, messageOf(cause), { cause });
    }
    if (next.done === true) return;
    yield next.value;
  }
}

function trailerOf(response: IncomingMessage): string {
  const raw = response.rawTrailers;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const value = raw[index + 1] ?? "";
    if (raw[index]?.toLowerCase() === "x-stream-error" && value !== "") return value;
  }
  return "";
}

async function readError(response: IncomingMessage): Promise<RestApiError> {
  const text = await readText(response, errorBytesMax);
  const status = response.statusCode ?? 0;
  const parsed = parseError(text);
  if (parsed !== undefined) return new RestApiError(parsed.code || status, parsed.message);
  return new RestApiError(status, text.trim() || response.statusMessage || `status ${status}`);
}

function parseError(text: string): { readonly code: number; readonly message: string } | undefined {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document !== "object" || document === null || !("message" in document))
      return undefined;
    const code = "code" in document && typeof document.code === "number" ? document.code : 0;
    return { code, message: String(document.message) };
  } catch {
    return undefined; // no JSON: the text itself is the message
  }
}

async function readText(response: IncomingMessage, bytesMax: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of bytesOf(response)) {
    size += bytes.length;
    if (size > bytesMax) break;
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString();
}
