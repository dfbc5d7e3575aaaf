import { abortReason, type Clock } from "#lib";

interface Waiter {
  readonly isFree: boolean;
  readonly go: () => void;
}

/**
 * Lets dials out at a bounded rate and a bounded number at once, in the order they came. A home router survives many
 * connections but not a burst of new ones. A `free` dial (to the local network) takes no token.
 */
export class DialPacer {
  readonly #limits: {
    readonly dialsMax: number;
    readonly dialsPerSecond: number;
    readonly dialsBurst: number;
  };
  readonly #clock: Clock;
  readonly #waiters: Waiter[] = [];
  #running = 0;
  #tokens: number;
  #at: number;
  #alarm: AbortController | undefined;

  constructor(
    limits: {
      readonly dialsMax: number;
      readonly dialsPerSecond: number;
      readonly dialsBurst: number;
    },
    clock: Clock,
  ) {
    this.#limits = limits;
    this.#clock = clock;
    this.#tokens = limits.dialsBurst;
    this.#at = clock.now();
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  async run<T>(
    isFree: boolean,
    signal: AbortSignal | undefined,
    dial: () => Promise<T>,
  ): Promise<T> {
    await this.#turn(isFree, signal);
    try {
      return await dial();
    } finally {
      this.#running -= 1;
      this.#pump();
    }
  }

  #turn(isFree: boolean, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(abortReason(signal));
      const onAbort = (): void => {
        const index = this.#waiters.indexOf(waiter);
        if (index !== -1) this.#waiters.splice(index, 1);
        if (this.#waiters.length === 0) this.#stopAlarm();
        reject(abortReason(signal));
      };
      const waiter: Waiter = {
        isFree,
        go: () => {
          signal?.removeEventListener("abort", onAbort);
          this.#running += 1;
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.push(waiter);
      this.#pump();
    });
  }

  #pump(): void {
    this.#refill();
    while (this.#running < this.#limits.dialsMax) {
      const index = this.#tokens >= 1 ? 0 : this.#waiters.findIndex(({ isFree }) => isFree);
      const [next] = index === -1 ? [] : this.#waiters.splice(index, 1);
      if (next === undefined) break;
      if (!next.isFree) this.#tokens -= 1;
      next.go();
    }
    if (this.#waiters.length > 0 && this.#running < this.#limits.dialsMax) this.#startAlarm();
  }

  #refill(): void {
    const now = this.#clock.now();
    const gained = ((now - this.#at) / 1000) * this.#limits.dialsPerSecond;
    this.#tokens = Math.min(this.#limits.dialsBurst, this.#tokens + Math.max(0, gained));
    this.#at = now;
  }

  #startAlarm(): void {
    if (this.#alarm !== undefined) return;
    const alarm = new AbortController();
    this.#alarm = alarm;
    this.#clock.sleep(Math.ceil(1000 / this.#limits.dialsPerSecond), alarm.signal).then(
      () => {
        this.#alarm = undefined;
        return this.#pump();
      },
      () => undefined, // nobody waits any more
    );
  }

  #stopAlarm(): void {
    this.#alarm?.abort();
    this.#alarm = undefined;
  }
}
