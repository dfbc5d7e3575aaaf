import type { IncomingMessage, ServerOptions, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

import { asError, type Clock, type Logger, messageOf, systemClock } from "#lib";

import { type AccessEntry, accessEntryOf } from "./access-log.ts";
import { NodeExchange } from "./exchange.ts";
import type { Exchange, Handler, ListenerLimits } from "./types.ts";

/** Go's net/http and IPFS Cluster's configuration where they have a value. */
const defaultLimits: ListenerLimits = {
  headerBytesMax: 16 * 1024,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 0,
  answerTimeoutMs: 0,
  idleTimeoutMs: 120_000,
  requestsMax: 4096,
};

/** How requests are served, wherever they come from. */
export interface ServiceOptions {
  readonly handler: Handler;
  /** Gets every request when it is over. */
  readonly onAccess?: ((entry: AccessEntry) => void) | undefined;
  readonly limits?: Partial<ListenerLimits>;
  readonly logger: Logger;
  /** What people call it, for logs and errors: `REST API`. */
  readonly name: string;
  /** Answers for a handler that threw before its head was out. Without one: a bare 500. */
  readonly answerError?: (exchange: Exchange, error: Error) => Promise<void>;
  /** How long running requests may go on after disposal began. Default 2000. */
  readonly graceMs?: number;
  readonly clock?: Clock;
}

/** Limits as node:http takes them. */
export function serverTimes(limits: ListenerLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: checkingInterval(limits),
  };
}

/** How often connections are held against their limits. */
function checkingInterval({ headersTimeoutMs, requestTimeoutMs }: ListenerLimits): number {
  const timeouts = [headersTimeoutMs, requestTimeoutMs].filter((ms) => ms > 0);
  return Math.min(1000, ...timeouts);
}

/** Runs the handler for each request and counts those under way. */
export class Service {
  /** Those that were asked for, and the defaults. */
  readonly limits: ListenerLimits;
  readonly clock: Clock;
  readonly #options: ServiceOptions;
  /** Whether anybody wants to know more of a request than that it is under way. */
  readonly #isWatched: boolean;
  #running = 0;
  #isClosing = false;
  #onIdle: (() => void) | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.limits = { ...defaultLimits, ...options.limits };
    this.clock = options.clock ?? systemClock;
    this.#isWatched = options.onAccess !== undefined || this.limits.answerTimeoutMs > 0;
  }

  serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = new NodeExchange(request, response, this.clock);
    return this.#isWatched ? this.#serveWatched(exchange) : this.#serve(exchange);
  }

  async #serveWatched(exchange: NodeExchange): Promise<void> {
    const at = this.clock.now();
    const deadline = this.limits.answerTimeoutMs > 0 ? this.#limitAnswer(exchange) : undefined;
    await this.#serve(exchange);
    deadline?.abort();
    this.#options.onAccess?.(accessEntryOf(exchange, at));
  }

  async #serve(exchange: NodeExchange): Promise<void> {
    if (this.#isClosing) exchange.mustClose = true;
    this.#running++;
    try {
      if (this.#running > this.limits.requestsMax) await refuse(exchange);
      else await this.#options.handler(exchange);
      if (!exchange.hasBegun) throw new Error("the handler gave no answer");
    } catch (thrown) {
      await this.#fail(exchange, asError(thrown));
    } finally {
      this.#running--;
      if (this.#running === 0) this.#onIdle?.();
    }
  }

  /** Breaks an answer off that takes too long. */
  #limitAnswer(exchange: NodeExchange): AbortController {
    const timer = new AbortController();
    this.clock.sleep(this.limits.answerTimeoutMs, timer.signal).then(
      () => exchange.destroy(),
      () => undefined,
    );
    return timer;
  }

  /** Resolves when no request is under way, or after the grace time. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#running === 0) return;
    const timer = new AbortController();
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    const grace = this.clock.sleep(this.#options.graceMs ?? 2000, timer.signal);
    await Promise.race([idle, grace.catch(() => undefined)]);
    timer.abort();
  }

  async #fail(exchange: NodeExchange, error: Error): Promise<void> {
    const { logger, name, answerError } = this.#options;
    const fields = { listener: name, method: exchange.method, error };
    try {
      if (exchange.response.destroyed) return logger.debug("client gone", fields);
      if (exchange.hasBegun) {
        logger.debug("answer broken off", fields);
        return exchange.destroy();
      }
      if (answerError !== undefined) return await answerError(exchange, error);
      logger.error("request failed", fields);
      await exchange.send(500, textType, "internal error\n");
    } catch (thrown) {
      logger.error("error could not be answered", { ...fields, cause: messageOf(thrown) });
      exchange.destroy();
    }
  }
}

const textType = { "Content-Type": "text/plain; charset=utf-8" };

function refuse(exchange: Exchange): Promise<void> {
  const headers = { ...textType, "Retry-After": "1" };
  return exchange.send(503, headers, "too many requests under way\n");
}

/** What could not be read as a request has no exchange: answered on the bare socket. */
export function refuseBadRequest(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET") return void socket.destroy();
  refuseBare(socket, badRequestReasons[error.code ?? ""] ?? "400 Bad Request");
}

/** The same for one that takes too long to arrive. */
export function refuseLate(socket: Duplex): void {
  refuseBare(socket, late);
}

function refuseBare(socket: Duplex, reason: string): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(
    `HTTP/1.1 ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${reason}`,
  );
}

const late = "408 Request Timeout";
const badRequestReasons: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: late,
};
