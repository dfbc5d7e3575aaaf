/**
 * Whether the pinset has pins that the tracker may not know of: those of before the start, and those for which its queue
 * had no room. They wait in the pinset, where they take no memory, until somebody goes through it and queues them.
 */
export class Backlog {
  #isNoted = true;
  #isBeingWorked = false;
  #wake: () => void = () => undefined;

  get isThere(): boolean {
    return this.#isNoted || this.#isBeingWorked;
  }

  /** Something was left to the pinset. */
  note(): void {
    this.#isNoted = true;
    this.#wake();
  }

  /** Goes through the backlog whenever there is one, until the signal is aborted. */
  async work(task: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#isNoted) await this.#noted(signal);
      if (signal.aborted) return;
      this.#isNoted = false;
      this.#isBeingWorked = true;
      try {
        await task();
      } catch (cause) {
        this.#isNoted = true;
        throw cause;
      } finally {
        this.#isBeingWorked = false;
      }
    }
  }

  #noted(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener("abort", wake);
    });
  }
}
