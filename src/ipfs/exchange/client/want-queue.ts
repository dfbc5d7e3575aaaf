import type { Want } from "./want.ts";

/** Wants in the order in which they came; those that are given back come first. */
export class WantQueue {
  readonly #isWaiting: (want: Want) => boolean;
  #front: Want[] = [];
  #back: Want[] = [];
  #at = 0;

  /** What is no longer `isWaiting` when its turn comes is left out. */
  constructor(isWaiting: (want: Want) => boolean) {
    this.#isWaiting = isWaiting;
  }

  push(want: Want): void {
    this.#back.push(want);
  }

  /** To the front. */
  giveBack(want: Want): void {
    this.#front.push(want);
  }

  take(): Want | undefined {
    for (let want = this.#next(); want !== undefined; want = this.#next()) {
      if (this.#isWaiting(want)) return want;
    }
    return undefined;
  }

  /** The next one, which stays. */
  peek(): Want | undefined {
    const want = this.take();
    if (want !== undefined) this.giveBack(want);
    return want;
  }

  #next(): Want | undefined {
    const urgent = this.#front.pop();
    if (urgent !== undefined) return urgent;
    const want = this.#back[this.#at];
    if (want === undefined) {
      this.#back = [];
      this.#at = 0;
      return undefined;
    }
    this.#at += 1;
    // what was taken is let go of now and then, not by moving everything each time
    if (this.#at >= 1024 && this.#at * 2 > this.#back.length) {
      this.#back = this.#back.slice(this.#at);
      this.#at = 0;
    }
    return want;
  }
}
