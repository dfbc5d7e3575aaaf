import { abortReason } from "#lib";

/** One search that several consumers read, each from the beginning. It ends early when the last of them has left. */
export class SharedSearch<T> {
  readonly #stop = new AbortController();
  readonly #items: T[] = [];
  #isOver = false;
  #failure: { readonly cause: unknown } | undefined;
  #readers = 0;
  #change = Promise.withResolvers<void>();
  /** Settles when the search has let go of everything; never rejects. */
  readonly ended: Promise<void>;

  constructor(search: (signal: AbortSignal) => AsyncIterable<T>, itemsMax: number) {
    this.ended = this.#run(search, itemsMax);
  }

  /** Nobody may join any more: those who read have left. */
  get isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Everything was found, and it was nothing. */
  get isEmpty(): boolean {
    return this.#isOver && this.#failure === undefined && this.#items.length === 0;
  }

  stop(): void {
    this.#stop.abort(new Error("the search is stopped"));
  }

  async *read(signal?: AbortSignal): AsyncGenerator<T> {
    if (signal?.aborted === true) throw abortReason(signal);
    this.#readers += 1;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(abortReason(signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    aborted.promise.catch(() => undefined); // raced below, or nobody waits
    try {
      for (let at = 0; ; at += 1) {
        while (at >= this.#items.length && !this.#isOver) {
          await Promise.race([this.#change.promise, aborted.promise]);
        }
        const item = this.#items[at];
        if (item === undefined) break;
        yield item;
      }
      if (this.#failure !== undefined) throw this.#failure.cause;
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.#readers -= 1;
      if (this.#readers === 0 && !this.#isOver)
        this.#stop.abort(new Error("nobody reads the search"));
    }
  }

  async #run(search: (signal: AbortSignal) => AsyncIterable<T>, itemsMax: number): Promise<void> {
    try {
      for await (const item of search(this.#stop.signal)) {
        this.#items.push(item);
        this.#tell();
        if (this.#items.length >= itemsMax) break;
      }
    } catch (cause) {
      this.#failure = { cause };
    }
    this.#isOver = true;
    this.#tell();
  }

  #tell(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
