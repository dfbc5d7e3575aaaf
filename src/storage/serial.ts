/** Runs asynchronous steps one after the other, in the order they were asked for. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(step: () => Promise<T>): Promise<T> {
    const result = this.#last.then(step);
    this.#last = result.then(ignore, ignore); // the caller of the failed step gets its error
    return result;
  }

  /** Resolves when everything asked for so far is over. */
  async idle(): Promise<void> {
    await this.#last;
  }
}

function ignore(): void {
  // a step that failed does not keep the next one from running
}
