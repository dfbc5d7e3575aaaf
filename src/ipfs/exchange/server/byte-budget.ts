interface Waiting {
  readonly bytes: number;
  readonly resolve: () => void;
}

/** Bytes that may be in memory at once. Whoever asks waits for its turn, in the order of asking. */
export class ByteBudget {
  readonly #max: number;
  readonly #waiting: Waiting[] = [];
  #used = 0;

  constructor(bytesMax: number) {
    this.#max = bytesMax;
  }

  get used(): number {
    return this.#used;
  }

  /** A promise when it has to wait. More than there is at all is granted when nothing else is out. */
  take(bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#used += bytes;
      return undefined;
    }
    return new Promise((resolve) => {
      this.#waiting.push({ bytes, resolve });
    });
  }

  give(bytes: number): void {
    this.#used -= bytes;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (!this.#fits(next.bytes)) return;
      this.#waiting.shift();
      this.#used += next.bytes;
      next.resolve();
    }
  }

  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#max;
  }
}
