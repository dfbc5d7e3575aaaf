import type { Clock } from "#lib";

import { PinTimeoutError } from "./errors.ts";

/** Watches an attempt to fetch a pin: when nothing new has come for too long, it is broken off. */
export class PinWatch implements Disposable {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #over = new AbortController();
  readonly #stop = new AbortController();
  #blocks = 0;
  #cameAt: number;

  /** `waiting`: why nothing comes, in words. */
  constructor(
    deps: { readonly clock: Clock; readonly waiting: () => string },
    options: { readonly timeoutMs: number },
  ) {
    this.#clock = deps.clock;
    this.#timeoutMs = options.timeoutMs;
    this.#cameAt = deps.clock.now();
    void this.#watch(deps.waiting);
  }

  /** Aborted with a `PinTimeoutError`. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** `blocks`: how many there are by now. */
  note(blocks: number): void {
    if (blocks <= this.#blocks) return;
    this.#blocks = blocks;
    this.#cameAt = this.#clock.now();
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error("the attempt is over"));
  }

  /** Never rejects. */
  async #watch(waiting: () => string): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      this.#cameAt = Math.min(this.#cameAt, now); // the clock may have been set back
      const leftMs = this.#cameAt + this.#timeoutMs - now;
      if (this.#stop.signal.aborted) return;
      if (leftMs <= 0) return this.#over.abort(new PinTimeoutError(this.#timeoutMs, waiting()));
      // rejects only when the attempt is over
      await this.#clock.sleep(leftMs, this.#stop.signal).catch(() => undefined);
    }
  }
}
