import { type Agent, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";

import { abortReason, asError, type Clock } from "#lib";
import type { SignalOptions } from "#model";

import type { NodeAddress } from "../node-address.ts";
import { KuboTimeoutError, KuboUnreachableError } from "./errors.ts";
import { isCutOff, reasonOf } from "./reason.ts";

/** For a connection, as Go's. */
const dialTimeoutMs = 30_000;
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

/** One request and its answer; disposal ends both. */
export class OpenAnswer implements Disposable {
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
    outgoing.on("socket", (socket) => this.#watchDial(socket));
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

  #watchDial(socket: Socket): void {
    if (!socket.connecting) return;
    const timer = new AbortController();
    const isOver = (): void => timer.abort(new Error("connected"));
    socket.once("connect", isOver);
    socket.once("close", isOver);
    const { address, clock } = this.#deps;
    const reason = `dial tcp ${address.authority}: i/o timeout`;
    clock.sleep(dialTimeoutMs, timer.signal).then(
      () => this.#fail(new KuboUnreachableError(this.#url, reason)),
      () => undefined,
    );
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
