import type { Clock } from "#lib";

/** Lets so many bytes a second pass, on average; a second's worth may pass at once. */
export class Pacer {
  readonly #clock: Clock;
  readonly #bytesPerSecond: number;
  /** When everything that has passed is paid for. */
  #paidAt: number;

  constructor(clock: Clock, bytesPerSecond: number) {
    this.#clock = clock;
    this.#bytesPerSecond = bytesPerSecond;
    this.#paidAt = clock.now();
  }

  /** Resolves when the bytes may go. */
  async pass(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const waitMs = this.#paidAt - now;
    this.#paidAt = Math.max(this.#paidAt, now - 1000) + (bytes / this.#bytesPerSecond) * 1000;
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
  }
}
