import { Agent } from "node:http";

import { Gate, linkAborts } from "#lib";

import {
  KuboAnswerError,
  KuboDamagedError,
  KuboStrangeError,
  KuboUnreachableError,
} from "./errors.ts";
import { readJsonLines } from "./json-lines.ts";
import { type KuboCallOptions, type KuboRpcDeps, OpenAnswer } from "./open-answer.ts";

/** Calls under way at once. Those without a time limit are pins, which may take days: how many is the caller's matter. */
const callsMax = 128;
/** Callers that may wait for their turn. */
const waitingMax = 100_000;
/** An answer that is read whole. */
const wholeBytesMax = 16 * 1024 * 1024;

/** Kubo's RPC as a client. A call is what follows `/api/v0/`, with its query. Answers are pulled, never gathered. */
export class KuboRpc implements Disposable {
  readonly #deps: KuboRpcDeps;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #gate = new Gate({ what: "calls of the IPFS node", max: callsMax, waitingMax });
  readonly #ending = new AbortController();

  constructor(deps: KuboRpcDeps) {
    this.#deps = deps;
  }

  /** The values of an answer, one by one. @throws {KuboAnswerError} also in the middle, and what `#open` throws */
  async *lines(call: string, given: KuboCallOptions = {}): AsyncGenerator<unknown, void> {
    using linked = linkAborts(given.signal, this.#ending.signal);
    const options = { ...given, signal: linked.signal };
    const isLimited = options.timeoutMs !== undefined;
    const leave = isLimited ? await this.#gate.enter(options.signal) : undefined;
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
      leave?.();
    }
  }

  /** An answer that is one value. */
  async json(call: string, options: KuboCallOptions = {}): Promise<unknown> {
    let first: unknown;
    for await (const value of this.lines(call, options)) first ??= value;
    return first;
  }

  /** Ends the calls that are under way, or wait; and those to come at once. */
  endCalls(): void {
    this.#ending.abort(new Error("closing"));
  }

  [Symbol.dispose](): void {
    this.endCalls();
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
