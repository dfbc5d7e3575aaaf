import type { IncomingHttpHeaders } from "node:http";

import type { PreparedHeaders } from "./headers.ts";

/** One request and its answer, over node:http. Exactly one of `send`, `begin` is called once. */
export interface Exchange {
  readonly method: string;
  /** The request target before `?`, as sent: not decoded, not normalised. */
  readonly rawPath: string;
  /** The request target after `?`, as sent; "" without one. */
  readonly rawQuery: string;
  /** Parsed `rawQuery`, made on first use. */
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The other side's IP address, over a stream its peer id; "" over a unix socket. */
  readonly remoteAddress: string;
  /** The same, but over a stream the IP address, where it is known: who wants many peer ids makes them. */
  readonly clientAddress: string;
  /** The body as it arrives; reading slower slows the client. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborted when the client goes away before the answer is complete. */
  readonly signal: AbortSignal;
  /** Headers that whatever answers will send: middleware (CORS, Server, Vary) puts them here. */
  readonly responseHeaders: ResponseHeaders;
  /** Whether the head is out. */
  readonly hasBegun: boolean;
  /** A whole answer with Content-Length (none for 204 and 304). */
  send(
    status: number,
    headers: ResponseHeaders | PreparedHeaders,
    body?: string | Uint8Array,
  ): Promise<void>;
  /** A streamed answer: chunked unless the headers give Content-Length. The head goes out at once or with the first bytes. */
  begin(status: number, headers: ResponseHeaders): ResponseBody;
}

export type ResponseHeaders = Record<string, string | readonly string[]>;

export interface ResponseBody {
  /** Takes bytes, or answers a promise that resolves when the client has read enough for more. Rejects when it is gone. */
  write(bytes: Uint8Array | string): void | Promise<void>;
  /** Completes the answer. Trailers only with chunked framing; announce them by the `Trailer` header. */
  end(trailers?: Readonly<Record<string, string>>): Promise<void>;
  /** Breaks the connection, so that the client sees that the body is not whole. */
  abort(): void;
}

export type Handler = (exchange: Exchange) => Promise<void>;

export interface ListenerLimits {
  readonly headerBytesMax: number;
  /** For the head of a request; 0: none. */
  readonly headersTimeoutMs: number;
  /** For a whole request, its body included; 0: none. */
  readonly requestTimeoutMs: number;
  /** From the head of a request to the end of its answer, which is broken off then; 0: none. */
  readonly answerTimeoutMs: number;
  /** For a connection without a request; 0: none. */
  readonly idleTimeoutMs: number;
  /** Requests under way at once; more are answered 503 with Retry-After. */
  readonly requestsMax: number;
}

export interface Listener extends AsyncDisposable {
  /** What is really bound. */
  readonly url: string;
  readonly port: number;
}
