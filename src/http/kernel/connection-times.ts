import type { IncomingMessage, ServerResponse } from "node:http";

import type { Clock } from "#lib";

import type { ListenerLimits } from "./types.ts";

/**
 * Holds a connection to the limits of time, as node:http does only with those that it has accepted itself: for the first
 * head, for a whole request, and from an answer to the next head.
 */
export class ConnectionTimes {
  readonly #limits: ListenerLimits;
  readonly #clock: Clock;
  readonly #on: { readonly late: () => void; readonly idle: () => void };
  #underWay = 0;
  #waiting: AbortController;

  /** `late`: a request takes too long to arrive; `idle`: none comes. */
  constructor(
    limits: ListenerLimits,
    clock: Clock,
    on: { readonly late: () => void; readonly idle: () => void },
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#on = on;
    this.#waiting = this.#after(limits.headersTimeoutMs, on.late);
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#waiting.abort();
    this.#underWay += 1;
    const timer = this.#after(this.#limits.requestTimeoutMs, () => {
      if (!request.complete) this.#on.late();
    });
    response.once("close", () => {
      timer.abort();
      this.#underWay -= 1;
      if (this.#underWay > 0) return;
      this.#waiting = this.#after(this.#limits.idleTimeoutMs, this.#on.idle);
    });
  }

  /** The connection is closed. */
  end(): void {
    this.#waiting.abort();
  }

  #after(ms: number, act: () => void): AbortController {
    const timer = new AbortController();
    if (ms > 0) this.#clock.sleep(ms, timer.signal).then(act, () => undefined);
    return timer;
  }
}
