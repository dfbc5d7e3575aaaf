import { abortReason } from "./abort.ts";
import { CodedError } from "./coded-error.ts";

/** More wait at a gate than may. */
export class GateFullError extends CodedError {
  override readonly code = "GATE_FULL";
  override readonly kind = "environment";
  override readonly isRetryable = true;

  constructor(what: string, waitingMax: number) {
    super(`${waitingMax} ${what} wait already`);
  }
}

export interface GateOptions {
  /** In the plural, for the error: "searches". */
  readonly what: string;
  readonly max: number;
  readonly waitingMax: number;
}

/** Lets so many in at once; the rest wait in order, and more than may wait are turned away. */
export class Gate {
  readonly #options: GateOptions;
  readonly #waiting = new Set<() => void>();
  #inside = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Resolves with the way out; call it once. @throws {GateFullError} and the signal's reason */
  async enter(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted === true) throw abortReason(signal);
    if (this.#inside < this.#options.max) this.#inside += 1;
    else await this.#wait(signal);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.#leave();
    };
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    const { what, waitingMax } = this.#options;
    if (this.#waiting.size >= waitingMax) {
      return Promise.reject(new GateFullError(what, waitingMax));
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
