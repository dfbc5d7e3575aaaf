import { abortReason } from "#lib";

import { TooManyQueriesError } from "./errors.ts";

/** Lets so many in at once; the rest wait in order, and more than may wait are turned away. */
export class Gate {
  readonly #max: number;
  readonly #waitingMax: number;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  constructor(max: number, waitingMax: number) {
    this.#max = max;
    this.#waitingMax = waitingMax;
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Resolves with the way out; call it once. @throws {TooManyQueriesError} and the signal's reason */
  async enter(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted === true) throw abortReason(signal);
    if (this.#inside < this.#max) this.#inside += 1;
    else await this.#wait(signal);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#leave();
    };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.#waitingMax) {
      return Promise.reject(new TooManyQueriesError(this.#waitingMax));
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.delete(onTurn);
        reject(abortReason(signal));
      };
      const onTurn = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(onTurn);
    });
  }

  /** The place goes to whoever waits longest. */
  #leave(): void {
    const next = this.#waiting.values().next();
    if (next.done === true) {
      this.#inside -= 1;
      return;
    }
    this.#waiting.delete(next.value);
    next.value();
  }
}
