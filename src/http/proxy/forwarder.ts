import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";

import { asError, type Logger, messageOf, writeAll } from "#lib";

import type { Exchange, Handler, ResponseBody } from "../kernel/index.ts";
import { answerHeaders, requestHeaders, trailersOf } from "./hop-by-hop.ts";

/** Connections to the node; requests beyond that wait for one. */
const connectionsMax = 1024;

/** The node that requests are forwarded to. */
export interface ForwardTarget {
  readonly host: string;
  readonly port: number;
  /** A unix socket instead of host and port. */
  readonly socketPath: string | undefined;
  readonly isHttps: boolean;
}

export interface Forwarder extends Disposable {
  readonly handle: Handler;
}

/**
 * Forwards every request to a node as it is, and its answer back, as Go's ReverseProxy does for IPFS Cluster 1.1.6: bodies
 * stream both ways, no faster than they are taken; trailers come along; upgrades do not. Who may ask, Kubo decides by the
 * request's own Origin. A node that is away is a 502, told as Kubo tells errors.
 */
export function openForwarder(target: ForwardTarget, logger: Logger): Forwarder {
  const agents = openAgents(target);
  return {
    handle: async (exchange) => new Forwarding(exchange, { target, logger }).run(await agents),
    [Symbol.dispose]: () => {
      void agents.then(({ agent }) => agent.destroy());
    },
  };
}

interface Outgoing {
  readonly agent: Agent;
  readonly request: typeof request;
}

async function openAgents({ isHttps }: ForwardTarget): Promise<Outgoing> {
  const options = { keepAlive: true, maxSockets: connectionsMax };
  if (!isHttps) return { agent: new Agent(options), request };
  const https = await import("node:https");
  return { agent: new https.Agent(options), request: https.request };
}

/** One request on its way. */
class Forwarding {
  readonly #exchange: Exchange;
  readonly #deps: { readonly target: ForwardTarget; readonly logger: Logger };
  #outgoing: ClientRequest | undefined;

  constructor(
    exchange: Exchange,
    deps: { readonly target: ForwardTarget; readonly logger: Logger },
  ) {
    this.#exchange = exchange;
    this.#deps = deps;
  }

  async run(through: Outgoing): Promise<void> {
    const { signal } = this.#exchange;
    signal.throwIfAborted(); // it waited for this peer to start, and left
    const onAbort = (): void => void this.#outgoing?.destroy();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await this.#answer(await this.#ask(through));
    } catch (cause) {
      if (this.#exchange.hasBegun || signal.aborted) throw cause;
      await this.#refuse(asError(cause));
    } finally {
      signal.removeEventListener("abort", onAbort);
      // a connection whose answer was read to its end serves the next request; one with a body left is of no use
      if (this.#outgoing?.writableFinished !== true) this.#outgoing?.destroy();
    }
  }

  /**
   * Resolves with the head of the answer; the request's body goes on meanwhile. Asks once: most of what the node is asked
   * changes something, and it may have been done by a node that then cuts the connection (RFC 9110, 9.2.2).
   */
  #ask({ agent, request: open }: Outgoing): Promise<IncomingMessage> {
    const { method, rawPath, rawQuery, headers, remoteAddress } = this.#exchange;
    const { host, port, socketPath } = this.#deps.target;
    const place = socketPath === undefined ? { host, port } : { socketPath };
    const path = rawQuery === "" ? rawPath : `${rawPath}?${rawQuery}`;
    const kept = requestHeaders(headers, remoteAddress);
    const framed = this.#hasBody() ? kept : { ...kept, "content-length": "0" };
    return new Promise((resolve, reject) => {
      const outgoing = open({ ...place, agent, method, path, headers: framed });
      this.#outgoing = outgoing;
      outgoing.on("response", resolve);
      outgoing.on("error", reject);
      if (this.#hasBody()) {
        // a client that goes away, or a node, ends the request as a whole
        const sent = writeAll(this.#exchange.body, outgoing);
        sent.catch((cause: unknown) => outgoing.destroy(asError(cause)));
      } else outgoing.end();
    });
  }

  #hasBody(): boolean {
    const { headers } = this.#exchange;
    return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
  }

  async #answer(response: IncomingMessage): Promise<void> {
    const { statusCode = 502, rawHeaders } = response;
    const body = this.#exchange.begin(statusCode, answerHeaders(rawHeaders));
    try {
      await copy(response, body);
      await body.end(trailersOf(response.rawTrailers));
    } catch (cause) {
      // the client sees what the proxy sees: an answer that breaks off
      body.abort();
      throw cause;
    }
  }

  async #refuse(cause: Error): Promise<void> {
    const reason = messageOf(cause);
    this.#deps.logger.warn("a request could not be forwarded to the IPFS node", { reason });
    const message = `the IPFS node cannot be reached: ${reason}`;
    const body = JSON.stringify({ Message: message, Code: 0, Type: "error" });
    await this.#exchange.send(502, { "Content-Type": "application/json" }, body);
  }
}

async function copy(response: IncomingMessage, body: ResponseBody): Promise<void> {
  const pieces: AsyncIterable<unknown> = response;
  for await (const piece of pieces) {
    if (!(piece instanceof Uint8Array)) continue;
    const room = body.write(piece);
    if (room !== undefined) await room;
  }
  if (!response.complete) throw new Error("the node's answer breaks off");
}
