import { abortReason, type Clock } from "#lib";

interface Sleeper {
  readonly dueAt: number;
  readonly wake: () => void;
}

/** A clock that moves only when it is told to. */
export class ManualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** When the next sleeper wakes; undefined when nobody sleeps. */
  get next(): number | undefined {
    const times = this.#sleepers.map(({ dueAt }) => dueAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(abortReason(signal));
      const sleeper: Sleeper = { dueAt: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(abortReason(signal));
      });
    });
  }

  /** Moves on and wakes whoever's time has come. */
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#sleepers.filter(({ dueAt }) => dueAt <= this.#now);
    this.#sleepers = this.#sleepers.filter(({ dueAt }) => dueAt > this.#now);
    for (const { wake } of due) wake();
  }
}

/** Lets everything run that waits for nothing but its turn, until a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 2000; turn += 1) {
    if (await condition()) return;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  throw new Error(`the condition was not met: ${condition.toString()}`);
}
