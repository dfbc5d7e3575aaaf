import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

import type { Clock } from "#lib";

import { AnswerStateError, ClientGoneError } from "./errors.ts";
import { mergeHeaders, PreparedHeaders } from "./headers.ts";
import { discardRest, RequestBody } from "./request-body.ts";
import { NodeResponseBody } from "./response-body.ts";
import { StreamConnection } from "./stream-connection.ts";
import type { Exchange, ResponseBody, ResponseHeaders } from "./types.ts";

/** A request body that is this small is read and dropped after the answer; with a longer one the connection closes. */
const unreadBytesMax = 256 * 1024;

/** One request over node:http. What is seldom needed (signal, query, body) is made when it is asked for. */
export class NodeExchange implements Exchange {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly responseHeaders: ResponseHeaders = {};
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Whether the connection ends with this answer. */
  mustClose = false;
  /** Bytes of the answer's body so far, without framing. */
  bodyBytes = 0;
  readonly #clock: Clock;
  #query: URLSearchParams | undefined;
  #body: RequestBody | undefined;
  #aborter: AbortController | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, clock: Clock) {
    this.request = request;
    this.response = response;
    this.#clock = clock;
    this.method = request.method ?? "GET";
    const target = request.url ?? "/";
    const mark = target.indexOf("?");
    this.rawPath = mark < 0 ? target : target.slice(0, mark);
    this.rawQuery = mark < 0 ? "" : target.slice(mark + 1);
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.rawQuery);
    return this.#query;
  }

  get headers(): IncomingHttpHeaders {
    return this.request.headers;
  }

  get remoteAddress(): string {
    return this.request.socket.remoteAddress ?? "";
  }

  get clientAddress(): string {
    const connection: unknown = this.request.socket;
    const ip = connection instanceof StreamConnection ? connection.ip : undefined;
    return ip ?? this.remoteAddress;
  }

  get body(): AsyncIterable<Uint8Array> {
    this.#body ??= new RequestBody(this.request);
    return this.#body;
  }

  get signal(): AbortSignal {
    if (this.#aborter === undefined) this.#aborter = this.#watchConnection();
    return this.#aborter.signal;
  }

  /** HTTP/1.0 has no chunks, and so no trailers. */
  get hasTrailers(): boolean {
    return this.request.httpVersion !== "1.0";
  }

  get hasBegun(): boolean {
    return this.response.headersSent;
  }

  async send(
    status: number,
    headers: ResponseHeaders | PreparedHeaders,
    body: string | Uint8Array = "",
  ): Promise<void> {
    const merged = this.#head(headers);
    const isBodiless = status === 204 || status === 304;
    if (!isBodiless) merged["Content-Length"] ??= String(Buffer.byteLength(body));
    if (isBodiless) this.#setHead(status, merged);
    else this.response.writeHead(status, merged);
    const bytes = isBodiless || this.method === "HEAD" ? undefined : body;
    if (bytes !== undefined) {
      this.bodyBytes = typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.length;
    }
    if (!this.mustClose || this.#isRequestRead()) return this.#finish(bytes);
    // the whole answer is out before the connection ends: the client may still be sending, and would miss it
    if (bytes !== undefined && bytes.length > 0) this.response.write(bytes);
    return this.finish();
  }

  begin(status: number, headers: ResponseHeaders): ResponseBody {
    const head = this.#head(headers);
    if (!this.hasTrailers) delete head["Trailer"];
    this.response.writeHead(status, head);
    return new NodeResponseBody(this);
  }

  /** Before the end of a chunked answer. */
  addTrailers(lines: Readonly<Record<string, string>>): void {
    this.response.addTrailers(lines);
    const connection: unknown = this.request.socket;
    if (connection instanceof StreamConnection) connection.endWith(lines);
  }

  /** Ends the answer; resolves when the system has all of it. */
  async finish(): Promise<void> {
    if (this.mustClose && !this.#isRequestRead()) {
      if (!this.response.headersSent) this.response.flushHeaders();
      await discardRest(this.body, this.#clock);
    }
    return this.#finish(undefined);
  }

  /** Breaks the connection so that the client sees an error, not an end. */
  destroy(): void {
    const socket = this.request.socket;
    // only TCP itself can be reset: over TLS, a socket file or a stream the unfinished framing tells
    const isSecure = "encrypted" in socket && socket.encrypted === true;
    if (socket.remoteFamily !== undefined && !isSecure) socket.resetAndDestroy();
    else socket.destroy(); // not the answer, of which node:http would make an empty one
  }

  #head(headers: ResponseHeaders | PreparedHeaders): Record<string, string | string[]> {
    if (this.response.headersSent) {
      throw new AnswerStateError(`answer ${this.method} ${this.rawPath}: the head is already out`);
    }
    if (!this.#mayKeepAlive()) this.mustClose = true;
    if (headers instanceof PreparedHeaders && !this.mustClose) return headers.lines;
    const said = headers instanceof PreparedHeaders ? headers.lines : headers;
    const merged = mergeHeaders(this.responseHeaders, said);
    if (this.mustClose) merged["Connection"] = "close";
    return merged;
  }

  /** Unlike writeHead it lets an answer without body announce trailers, as Go's empty streams do. */
  #setHead(status: number, headers: Record<string, string | string[]>): void {
    this.response.statusCode = status;
    for (const name in headers) this.response.setHeader(name, headers[name] ?? "");
  }

  #mayKeepAlive(): boolean {
    if (this.#isRequestRead()) return true;
    const length = this.request.headers["content-length"];
    return length !== undefined && Number(length) <= unreadBytesMax;
  }

  #isRequestRead(): boolean {
    if (this.#body !== undefined) return this.#body.isConsumed;
    if (this.method === "GET" || this.method === "HEAD") return true;
    const headers = this.request.headers;
    return headers["transfer-encoding"] === undefined && (headers["content-length"] ?? "0") === "0";
  }

  #finish(last: string | Uint8Array | undefined): Promise<void> {
    const response = this.response;
    if (last === undefined) response.end();
    else response.end(last);
    if (response.writableLength === 0 || response.destroyed) return resolved;
    return new Promise((resolve) => {
      response.once("finish", resolve);
      response.once("close", resolve);
    });
  }

  #watchConnection(): AbortController {
    const aborter = new AbortController();
    const response = this.response;
    if (response.destroyed && !response.writableEnded) aborter.abort(new ClientGoneError());
    else {
      response.once("close", () => {
        if (!response.writableFinished) aborter.abort(new ClientGoneError());
      });
    }
    return aborter;
  }
}

const resolved = Promise.resolve();
