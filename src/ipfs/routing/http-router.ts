import { base36 } from "multiformats/bases/base36";
import { decode as decodeDigest } from "multiformats/hashes/digest";

import { abortReason, type Clock, Gate, linkAborts, type LinkedAbort, messageOf } from "#lib";
import { CID, codec, peerIdBytes, type SignalOptions } from "#model";

import type { Provider } from "../exchange/types.ts";
import type { RouterBounds } from "./bounds.ts";
import { RouterError } from "./errors.ts";
import { readBody, readLines } from "./http-body.ts";
import { recordsOf, toProvider } from "./http-records.ts";

/** The system's `fetch`, or a fake. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HttpRouterDeps {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly bounds: RouterBounds;
  readonly userAgent: string;
}

const ipnsType = "application/vnd.ipfs.ipns-record";
const streamType = "application/x-ndjson";
/** What we can fetch with; routers that know IPIP-484 then send no others, and `unknown` those of unknown protocols. */
const protocols = ["unknown", "transport-bitswap", "transport-ipfs-gateway-http"];

/**
 * A router that speaks `/routing/v1` over HTTP: IPIP-337, 379 and 417, streamed answers, filters of IPIP-484; both 404
 * and an empty list mean none (IPIP-513). One that fails is left alone for a while, longer each time.
 */
export class HttpRouter {
  readonly url: string;
  readonly #deps: HttpRouterDeps;
  readonly #gate: Gate;
  #failures = 0;
  #pausedUntil = 0;

  constructor(url: string, deps: HttpRouterDeps) {
    this.url = url.replace(/\/+$/, "").replace(/\/routing\/v1$/, "");
    this.#deps = deps;
    this.#gate = new Gate({
      what: "requests to a router",
      max: deps.bounds.requestsMax,
      waitingMax: deps.bounds.requestsWaitingMax,
    });
  }

  /** @throws {RouterError} */
  async *findProviders(cid: CID, options: SignalOptions = {}): AsyncGenerator<Provider> {
    const filter = `filter-protocols=${protocols.join(",")}`;
    yield* this.#list(`/providers/${cid.toString()}?${filter}`, options);
  }

  /** What is known about a peer. @throws {RouterError} */
  async *findPeer(peer: string, options: SignalOptions = {}): AsyncGenerator<Provider> {
    for await (const found of this.#list(`/peers/${keyText(peerIdBytes(peer))}`, options)) {
      if (found.peer === peer) yield found;
    }
  }

  /** Undefined: none. The record is not checked. @throws {RouterError} */
  async getName(name: Uint8Array, options: SignalOptions = {}): Promise<Uint8Array | undefined> {
    const { recordBytesMax } = this.#deps.bounds;
    const request = { path: `/ipns/${keyText(name)}`, headers: { accept: ipnsType } };
    return await this.#request(request, options, async ({ response, body }) =>
      hasType(response, ipnsType) ? await readBody(body, recordBytesMax) : undefined,
    );
  }

  /** @throws {RouterError} */
  async putName(name: Uint8Array, record: Uint8Array, options: SignalOptions = {}): Promise<void> {
    const request = {
      path: `/ipns/${keyText(name)}`,
      method: "PUT",
      headers: { "content-type": ipnsType },
      body: Uint8Array.from(record),
    };
    const isTaken = await this.#request(request, options, async ({ body }) => {
      await readBody(body, this.#deps.bounds.recordBytesMax);
      return true;
    });
    if (isTaken !== true) throw new RouterError(this.url, "it takes no names", { status: 404 });
  }

  async *#list(path: string, options: SignalOptions): AsyncGenerator<Provider> {
    const { bounds } = this.#deps;
    const headers = { accept: `${streamType}, application/json` };
    const exchange = await this.#open(path, { headers }, options);
    if (exchange === undefined) return;
    let count = 0;
    try {
      for await (const record of recordsIn(exchange, bounds)) {
        const provider = toProvider(record, bounds.addressesMax);
        if (provider === undefined) continue;
        yield provider;
        count += 1;
        if (count >= bounds.recordsMax) break;
      }
      this.#failures = 0;
    } catch (thrown) {
      throw this.#failure(thrown, options.signal);
    } finally {
      exchange.end();
    }
  }

  /** What `read` makes of the answer; undefined when there is none. */
  async #request<T>(
    request: RouterRequest & { readonly path: string },
    options: SignalOptions,
    read: (exchange: HttpExchange) => Promise<T>,
  ): Promise<T | undefined> {
    const exchange = await this.#open(request.path, request, options);
    if (exchange === undefined) return undefined;
    try {
      const value = await read(exchange);
      this.#failures = 0;
      return value;
    } catch (thrown) {
      throw this.#failure(thrown, options.signal);
    } finally {
      exchange.end();
    }
  }

  /** Undefined: none, by status. */
  async #open(
    path: string,
    { method = "GET", headers, body }: RouterRequest,
    { signal }: SignalOptions,
  ): Promise<HttpExchange | undefined> {
    const { clock, bounds, userAgent } = this.#deps;
    if (clock.now() < this.#pausedUntil) throw new RouterError(this.url, "left alone for a while");
    const leave = await this.#gate.enter(signal);
    const link = linkAborts(signal);
    const silence = new Silence(clock, bounds.silenceMs, link);
    const end = (): void => {
      silence.stop();
      link.abort(new Error("done")); // closes what was not read
      link[Symbol.dispose]();
      leave();
    };
    try {
      const response = await this.#deps.fetch(`${this.url}/routing/v1${path}`, {
        method,
        headers: { "user-agent": userAgent, ...headers },
        ...(body === undefined ? {} : { body }),
        signal: link.signal,
      });
      silence.touch();
      if (response.status === 200) return { response, body: touched(response, silence), end };
      end();
      if (response.status === 404) return undefined;
      throw this.#refusal(response);
    } catch (thrown) {
      end();
      throw this.#failure(thrown, signal);
    }
  }

  #refusal(response: Response): RouterError {
    const { status } = response;
    const seconds = Number(response.headers.get("retry-after") ?? "");
    const error = new RouterError(this.url, `status ${status}`, { status });
    if (status === 429 || status >= 500) {
      this.#pause(Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined);
    }
    return error;
  }

  #failure(thrown: unknown, signal: AbortSignal | undefined): Error {
    if (signal?.aborted === true) return abortReason(signal);
    if (thrown instanceof RouterError) return thrown;
    this.#pause();
    return new RouterError(this.url, messageOf(thrown), { cause: thrown });
  }

  #pause(wishMs?: number): void {
    const { pauseMs, pauseMaxMs } = this.#deps.bounds;
    const backoffMs = pauseMs * 2 ** Math.min(this.#failures, 10);
    this.#failures += 1;
    this.#pausedUntil = this.#deps.clock.now() + Math.min(wishMs ?? backoffMs, pauseMaxMs);
  }
}

interface RouterRequest {
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
}

interface HttpExchange {
  readonly response: Response;
  readonly body: AsyncIterable<Uint8Array>;
  /** Call it once: the request is over, whatever was read. */
  end(): void;
}

/** Aborts when nothing was touched for so long. */
class Silence {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #end = new AbortController();
  #touchedAt: number;

  constructor(clock: Clock, ms: number, link: LinkedAbort) {
    this.#clock = clock;
    this.#ms = ms;
    this.#touchedAt = clock.now();
    this.#watch(link).catch(() => undefined); // stopped
  }

  touch(): void {
    this.#touchedAt = this.#clock.now();
  }

  stop(): void {
    this.#end.abort(new Error("done"));
  }

  async #watch(link: LinkedAbort): Promise<void> {
    for (
      let restMs = this.#ms;
      restMs > 0;
      restMs = this.#touchedAt + this.#ms - this.#clock.now()
    ) {
      await this.#clock.sleep(restMs, this.#end.signal);
    }
    link.abort(new Error(`silent for ${this.#ms} ms`));
  }
}

async function* touched(response: Response, silence: Silence): AsyncGenerator<Uint8Array> {
  if (response.body === null) return;
  for await (const piece of response.body) {
    silence.touch();
    yield piece;
  }
}

async function* recordsIn({ response, body }: HttpExchange, bounds: RouterBounds): AsyncGenerator {
  if (hasType(response, streamType)) yield* readLines(body, bounds);
  else if (hasType(response, "application/json")) {
    const text = new TextDecoder().decode(await readBody(body, bounds.responseBytesMax));
    yield* recordsOf(JSON.parse(text));
  }
}

function hasType(response: Response, type: string): boolean {
  return (response.headers.get("content-type") ?? "").startsWith(type);
}

/** A peer's multihash as a CID of codec libp2p-key in base36. */
function keyText(multihash: Uint8Array): string {
  return CID.createV1(codec.libp2pKey, decodeDigest(multihash)).toString(base36);
}
