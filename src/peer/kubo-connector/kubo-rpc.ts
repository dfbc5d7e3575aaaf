import { Agent, type IncomingMessage, request } from "node:http";

import { abortReason, asError, type Clock, Gate } from "#lib";
import type { SignalOptions } from "#model";

import type { NodeAddress } from "../node-address.ts";
import {
  KuboAnswerError,
  KuboDamagedError,
  KuboStrangeError,
  KuboTimeoutError,
  KuboUnreachableError,
} from "./errors.ts";
import { readJsonLines } from "./json-lines.ts";
import { isCutOff, reasonOf } from "./reason.ts";

/** Calls under way at once; pins that take long count, so it is well above `concurrent_pins`. */
const callsMax = 128;
/** Callers that may wait for their turn. */
const waitingMax = 100_000;
/** An answer that is read whole. */
const wholeBytesMax = 16 * 1024 * 1024;

export interface KuboCallOptions extends SignalOptions {
  /** For the beginning of the answer, and from then on for every piece of it. Without: none. */
  readonly timeoutMs?: number | undefined;
  readonly body?: { readonly contentType: string; readonly pieces: readonly Uint8Array[] };
}

export interface KuboRpcDeps {
  readonly address: NodeAddress;
  readonly clock: Clock;
  /** Told of every call whether the node could be reached. */
  readonly onReached: (isReached: boolean) => void;
}

/** Kubo's RPC as a client. A call is what follows `/api/v0/`, with its query. Answers are pulled, never gathered. */
export class KuboRpc implements Disposable {
  readonly #deps: KuboRpcDeps;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: callsMax });
  readonly #gate = new Gate({ what: "calls of the IPFS node", max: callsMax, waitingMax });

  constructor(deps: KuboRpcDeps) {
    this.#deps = deps;
  }

  /** The values of an answer, one by one. @throws {KuboAnswerError} also in the middle, and what `#open` throws */
  async *lines(call: string, options: KuboCallOptions = {}): AsyncGenerator<unknown, void> {
    const leave = await this.#gate.enter(options.signal);
    try {
      using opened = await this.#open(call, options);
      const pieces = this.#pieces(opened, call, options);
      try {
        yield* readJsonLines(pieces);
      } catch (cause) {
        if (!(cause instanceof SyntaxError)) throw cause;
        throw new KuboDamagedError(call, cause.message);
      }
    } finally {
      leave();
    }
  }

  /** An answer that is one value. */
  async json(call: string, options: KuboCallOptions = {}): Promise<unknown> {
    let first: unknown;
    for await (const value of this.lines(call, options)) first ??= value;
    return first;
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  async #open(call: string, options: KuboCallOptions): Promise<OpenAnswer> {
    const opened = new OpenAnswer(this.#url(call), this.#deps, options);
    try {
      const { statusCode: status = 0 } = await opened.sendAgain(this.#agent, `/api/v0/${call}`);
      this.#deps.onReached(true);
      if (status === 200) return opened;
      throw refusalOf(call, status, await readText(this.#pieces(opened, call, options)));
    } catch (cause) {
      opened[Symbol.dispose]();
      if (cause instanceof KuboUnreachableError) this.#deps.onReached(false);
      throw cause;
    }
  }

  async *#pieces(
    opened: OpenAnswer,
    call: string,
    options: KuboCallOptions,
  ): AsyncGenerator<Uint8Array, void> {
    const { response } = opened;
    if (response === undefined) return;
    const source: AsyncIterator<unknown> = response[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await opened.patiently(source.next(), options.timeoutMs);
      if (done === true) break;
      if (value instanceof Uint8Array) yield value;
    }
    const told = response.trailers["x-stream-error"] ?? "";
    if (told !== "") throw new KuboAnswerError({ call, status: response.statusCode ?? 0 }, told);
    if (!response.complete) throw new KuboUnreachableError(this.#url(call), "unexpected EOF");
  }

  #url(call: string): string {
    const { authority, socketPath } = this.#deps.address;
    const scheme = socketPath === undefined ? "http" : "http+unix";
    return `${scheme}://${authority}/api/v0/${call}`;
  }
}

/** One request and its answer; disposal ends both. */
class OpenAnswer implements Disposable {
  response: IncomingMessage | undefined;
  readonly #url: string;
  readonly #deps: KuboRpcDeps;
  readonly #options: KuboCallOptions;
  #forget: (() => void) | undefined;
  #end: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(url: string, deps: KuboRpcDeps, options: KuboCallOptions) {
    this.#url = url;
    this.#deps = deps;
    this.#options = options;
  }

  /** Resolves with the head of the answer. A kept connection that the node has just closed is replaced. */
  async sendAgain(agent: Agent, path: string): Promise<IncomingMessage> {
    try {
      return await this.#send(agent, path);
    } catch (cause) {
      const broke = cause instanceof KuboUnreachableError ? cause.cause : undefined;
      if (!(broke instanceof Error) || !isCutOff(broke)) throw cause;
      this.#forget?.();
      return this.#send(agent, path);
    }
  }

  async #send(agent: Agent, path: string): Promise<IncomingMessage> {
    const { signal, timeoutMs } = this.#options;
    if (signal?.aborted === true) throw abortReason(signal);
    const onAbort = (): void => this.#fail(abortReason(signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { host, port, socketPath } = this.#deps.address;
    const place = socketPath === undefined ? { host, port } : { socketPath };
    const outgoing = request({ ...place, agent, path, method: "POST", headers: this.#headers() });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    this.#forget = () => signal?.removeEventListener("abort", onAbort);
    this.#end = () => {
      outgoing.destroy();
      reject(this.#failure ?? new Error("ended"));
    };
    for (const piece of this.#options.body?.pieces ?? []) outgoing.write(piece);
    outgoing.end();
    const response = await this.patiently(promise, timeoutMs);
    response.on("error", () => undefined); // told to who reads
    this.response = response;
    return response;
  }

  /** Waits for the node no longer than that; names whatever went wrong. */
  async patiently<T>(waiting: Promise<T>, timeoutMs: number | undefined): Promise<T> {
    const timer = new AbortController();
    if (timeoutMs !== undefined) {
      this.#deps.clock.sleep(timeoutMs, timer.signal).then(
        () => this.#fail(new KuboTimeoutError(this.#url, timeoutMs)),
        () => undefined,
      );
    }
    try {
      return await waiting;
    } catch (cause) {
      if (this.#failure !== undefined) throw this.#failure;
      const error = asError(cause);
      const isBroken = this.response !== undefined && isCutOff(error);
      const reason = isBroken ? "unexpected EOF" : reasonOf(error, this.#deps.address);
      throw new KuboUnreachableError(this.#url, reason, cause);
    } finally {
      timer.abort();
    }
  }

  [Symbol.dispose](): void {
    this.#forget?.();
    // a connection whose answer was read to its end serves the next call
    if (this.response?.complete !== true) this.#end?.();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#end?.();
    this.response?.destroy(error);
  }

  #headers(): Record<string, string> {
    const { body } = this.#options;
    const bytes = (body?.pieces ?? []).reduce((sum, piece) => sum + piece.length, 0);
    const type = body === undefined ? {} : { "Content-Type": body.contentType };
    return { ...type, "Content-Length": String(bytes) };
  }
}

async function readText(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > wholeBytesMax) break;
    parts.push(piece);
  }
  return Buffer.concat(parts).toString("utf8");
}

function refusalOf(call: string, status: number, body: string): Error {
  try {
    const told: unknown = JSON.parse(body);
    const reason: unknown =
      typeof told === "object" && told !== null ? Reflect.get(told, "Message") : undefined;
    if (typeof reason === "string") return new KuboAnswerError({ call, status }, reason);
  } catch {
    // not Kubo's JSON: told as it is
  }
  return new KuboStrangeError(call, status, body);
}
