import { verifyBlock } from "#dag";
import { type Clock, type Logger, messageOf } from "#lib";
import type { CID } from "#model";

import type { ExchangeBounds } from "../bounds.ts";
import { PeerWindow } from "../client/peer-window.ts";
import type { Target } from "../client/target.ts";
import type { Want } from "../client/want.ts";
import { GatewayAnswerError } from "../errors.ts";

/** The global `fetch`, or one that a test brings. */
export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

export interface GatewayDeps {
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bounds: ExchangeBounds;
  onBlock(want: Want, bytes: Uint8Array, from: Target): Promise<void>;
}

/** How long a gateway that fails for the first time is left alone; doubled every time. */
const firstBackoffMs = 2000;

/**
 * A trustless HTTP gateway as one of those who can be asked: a request for each block, a few at once. One that says 429
 * or fails is left alone for a while, and denies everything meanwhile.
 */
export class GatewayTarget implements Target {
  readonly id: string;
  readonly isGateway = true;
  readonly answerTimeoutMs: number;
  readonly window: PeerWindow;
  readonly #deps: GatewayDeps;
  readonly #running = new Map<Want, AbortController>();
  #failures = 0;
  #restsUntil = 0;

  constructor(deps: GatewayDeps, url: string) {
    const { bounds } = deps;
    this.id = url;
    this.#deps = deps;
    this.answerTimeoutMs = bounds.gatewayTimeoutMs;
    this.window = new PeerWindow({ ...bounds, outstandingWantsMax: bounds.gatewayRequestsMax });
  }

  askBlock(want: Want): void {
    const abort = new AbortController();
    this.#running.set(want, abort);
    this.#get(want, abort)
      .catch((error: unknown) => {
        this.#deps.logger.debug("gateway failed", { url: this.id, error: messageOf(error) });
        if (this.#running.get(want) === abort) want.scheduler.onDontHave(want, this);
      })
      .finally(() => {
        if (this.#running.get(want) === abort) this.#running.delete(want);
      });
  }

  /** Not asked: a block takes as long as an answer. */
  askHave(): void {}

  cancel(want: Want): void {
    this.window.drop(want.key);
    this.#running.get(want)?.abort(new Error("not wanted any more"));
    this.#running.delete(want);
  }

  answered(): void {}

  close(): void {
    for (const want of this.#running.keys()) this.cancel(want);
  }

  async #get(want: Want, abort: AbortController): Promise<void> {
    const { clock, bounds } = this.#deps;
    if (clock.now() < this.#restsUntil) {
      await Promise.resolve();
      throw new Error("it rests");
    }
    const timer = new AbortController();
    const timeout = clock.sleep(bounds.gatewayTimeoutMs, timer.signal).then(
      () => abort.abort(new Error("it took too long")),
      () => undefined,
    );
    try {
      const bytes = await this.#request(want.cid, abort.signal);
      this.#failures = 0;
      await this.#deps.onBlock(want, bytes, this);
    } finally {
      timer.abort(new Error("done"));
      await timeout;
    }
  }

  async #request(cid: CID, signal: AbortSignal): Promise<Uint8Array> {
    const url = `${this.id}/ipfs/${cid.toString()}?format=raw`;
    const headers = { accept: "application/vnd.ipld.raw" };
    let response: Response;
    try {
      response = await this.#deps.fetch(url, { headers, signal, redirect: "error" });
    } catch (error) {
      if (!signal.aborted) this.#rest(undefined);
      throw error;
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      const isTrouble = response.status === 429 || response.status >= 500;
      if (isTrouble) this.#rest(retryAfterMs(response, this.#deps.clock.now()));
      throw new GatewayAnswerError(url, response.status, "no block");
    }
    const bytes = await readBody(response, this.#deps.bounds.blockBytesMax);
    const problem = bytes === undefined ? "too long" : verifyBlock(cid, bytes);
    if (bytes === undefined || problem !== undefined) {
      this.#rest(this.#deps.bounds.gatewayBackoffMaxMs);
      throw new GatewayAnswerError(url, response.status, problem ?? "too long");
    }
    return bytes;
  }

  #rest(ms: number | undefined): void {
    const backoffMs = ms ?? firstBackoffMs * 2 ** Math.min(this.#failures, 16);
    this.#failures += 1;
    this.#restsUntil =
      this.#deps.clock.now() + Math.min(backoffMs, this.#deps.bounds.gatewayBackoffMaxMs);
  }
}

/** Undefined when it is longer than it may be. */
async function readBody(response: Response, bytesMax: number): Promise<Uint8Array | undefined> {
  if (Number(response.headers.get("content-length") ?? 0) > bytesMax) {
    await response.body?.cancel();
    return undefined;
  }
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of response.body ?? []) {
    sizeBytes += part.length;
    if (sizeBytes > bytesMax) return undefined;
    parts.push(part);
  }
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : new Uint8Array(Buffer.concat(parts));
}

/** The header `Retry-After`: seconds, or a date. */
function retryAfterMs(response: Response, now: number): number | undefined {
  const text = response.headers.get("retry-after");
  if (text === null) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}
