import type { Chunk } from "./chunk.ts";

/** Writes in flight at once. Two to one file only wait for each other in the kernel, spinning (measured on ext4). */
const writesMax = 1;

/** Writes chunks behind the caller and tells in log order which are written. Stops at the first error. */
export class WriteLine {
  readonly #deps: {
    write(chunk: Chunk): Promise<void>;
    onWritten(chunk: Chunk): void;
    onError(error: unknown, chunk: Chunk): void;
  };
  /** In log order, from the first that is not written. */
  #chunks: Chunk[] = [];
  #startedCount = 0;
  #runningCount = 0;
  #isStopped = false;
  #idle = Promise.withResolvers<void>();

  constructor(deps: {
    write(chunk: Chunk): Promise<void>;
    onWritten(chunk: Chunk): void;
    onError(error: unknown, chunk: Chunk): void;
  }) {
    this.#deps = deps;
  }

  submit(chunk: Chunk): void {
    this.#chunks.push(chunk);
    this.#pump();
  }

  /** Starts no more writes and waits for those in flight; what is not written then is forgotten. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    while (this.#runningCount > 0) await this.#idle.promise;
    this.#chunks = [];
    this.#startedCount = 0;
  }

  resume(): void {
    this.#isStopped = false;
    this.#pump();
  }

  #pump(): void {
    while (!this.#isStopped && this.#runningCount < writesMax) {
      const chunk = this.#chunks[this.#startedCount];
      if (chunk === undefined) return;
      this.#startedCount += 1;
      void this.#write(chunk);
    }
  }

  async #write(chunk: Chunk): Promise<void> {
    this.#runningCount += 1;
    try {
      await this.#deps.write(chunk);
      chunk.isWritten = true;
      this.#advance();
    } catch (error) {
      this.#isStopped = true;
      this.#deps.onError(error, chunk);
    }
    this.#runningCount -= 1;
    if (this.#runningCount === 0) {
      this.#idle.resolve();
      this.#idle = Promise.withResolvers();
    }
    this.#pump();
  }

  #advance(): void {
    for (;;) {
      const [first] = this.#chunks;
      if (first?.isWritten !== true) return;
      this.#chunks.shift();
      this.#startedCount -= 1;
      this.#deps.onWritten(first);
    }
  }
}
