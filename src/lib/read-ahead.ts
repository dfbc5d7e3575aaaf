export interface ReadAheadOptions<T> {
  /** So much may wait, and one item more. */
  readonly weightMax: number;
  readonly weigh: (item: T) => number;
  /** Called when the consumer has left, to break off what the source waits for. */
  readonly onLeave?: () => void;
}

/**
 * The same items in the same order, asked for before they are wanted: the source works while the consumer does. When the
 * consumer leaves, the source is closed after the item that it is working on; when the source fails, the items before
 * come first.
 */
export async function* readAhead<T>(
  source: AsyncIterable<T>,
  options: ReadAheadOptions<T>,
): AsyncGenerator<T> {
  const buffer = new Buffered<T>(options);
  const filling = buffer.fill(source);
  try {
    for (let item = await buffer.take(); item !== undefined; item = await buffer.take()) {
      yield item.value;
    }
  } finally {
    buffer.stop();
    options.onLeave?.();
    await filling;
  }
}

class Buffered<T> {
  readonly #options: ReadAheadOptions<T>;
  #items: { readonly value: T }[] = [];
  #weight = 0;
  #isOver = false;
  #isStopped = false;
  #failure: { readonly cause: unknown } | undefined;
  #change = Promise.withResolvers<void>();

  constructor(options: ReadAheadOptions<T>) {
    this.#options = options;
  }

  /** Never rejects: `take` tells of a failure. */
  async fill(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const value of source) {
        this.#items.push({ value });
        this.#weight += this.#options.weigh(value);
        this.#tell();
        while (this.#weight >= this.#options.weightMax && !this.#isStopped) {
          await this.#change.promise;
        }
        if (this.#isStopped) break;
      }
    } catch (cause) {
      this.#failure = { cause };
    }
    this.#isOver = true;
    this.#tell();
  }

  /** Undefined at the end. */
  async take(): Promise<{ readonly value: T } | undefined> {
    while (this.#items.length === 0 && !this.#isOver) await this.#change.promise;
    const item = this.#items.shift();
    if (item === undefined && this.#failure !== undefined) throw this.#failure.cause;
    if (item === undefined) return undefined;
    this.#weight -= this.#options.weigh(item.value);
    this.#tell();
    return item;
  }

  stop(): void {
    this.#isStopped = true;
    this.#tell();
  }

  #tell(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
