import { type Clock, linkAborts } from "#lib";
import type { BlockSource, CID, SignalOptions } from "#model";

import { RetrievalTimeoutError } from "./errors.ts";

/** How often in a time-out it is looked whether something came. */
const looksPerTimeout = 4;

/**
 * The blocks that one request reads, with a limit to its waiting: when none of what it waits for has come for `timeoutMs`,
 * it is broken off. Time in which it waits for its client does not count.
 */
export class PatientSource implements BlockSource, Disposable {
  readonly #source: BlockSource;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #waiting = new Set<readonly CID[]>();
  readonly #over = new AbortController();
  readonly #stop = new AbortController();
  /** Of what is waited for. */
  #here = 0;
  #cameAt = 0;
  #isWatching = false;

  constructor(
    deps: { readonly source: BlockSource; readonly clock: Clock },
    options: { readonly timeoutMs: number },
  ) {
    this.#source = deps.source;
    this.#clock = deps.clock;
    this.#timeoutMs = options.timeoutMs;
  }

  /** @throws {RetrievalTimeoutError} */
  get(cid: CID, options?: SignalOptions): Promise<Uint8Array> {
    return this.#wait([cid], options, (patient) => this.#source.get(cid, patient));
  }

  /** @throws {RetrievalTimeoutError} */
  getBatch(cids: readonly CID[], options?: SignalOptions): Promise<readonly Uint8Array[]> {
    return this.#wait(cids, options, (patient) => this.#source.getBatch(cids, patient));
  }

  has(cid: CID): Promise<boolean> {
    return this.#source.has(cid);
  }

  peek(cid: CID): Uint8Array | undefined {
    return this.#source.peek?.(cid);
  }

  expect(cids: readonly CID[], options: SignalOptions): void {
    this.#source.expect?.(cids, options);
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error("the request is over"));
  }

  async #wait<T>(
    cids: readonly CID[],
    options: SignalOptions | undefined,
    read: (options: SignalOptions) => Promise<T>,
  ): Promise<T> {
    using either = linkAborts(options?.signal, this.#over.signal);
    if (this.#waiting.size === 0) this.#cameAt = this.#clock.now();
    this.#waiting.add(cids);
    this.#here = Infinity;
    if (!this.#isWatching) void this.#watch();
    try {
      return await read({ signal: either.signal });
    } finally {
      this.#waiting.delete(cids);
      this.#cameAt = this.#clock.now();
    }
  }

  /** Never rejects. */
  async #watch(): Promise<void> {
    this.#isWatching = true;
    while (!this.#stop.signal.aborted) {
      const slept = this.#clock.sleep(this.#timeoutMs / looksPerTimeout, this.#stop.signal);
      await slept.catch(() => undefined);
      if (this.#waiting.size > 0) await this.#look();
    }
  }

  async #look(): Promise<void> {
    const asked = [...this.#waiting].flat();
    const here = (await Promise.all(asked.map((cid) => this.#source.has(cid)))).filter(Boolean);
    if (here.length > this.#here) this.#cameAt = this.#clock.now();
    this.#here = here.length;
    const isOver = this.#waiting.size > 0 && this.#clock.now() - this.#cameAt >= this.#timeoutMs;
    if (isOver) this.#over.abort(new RetrievalTimeoutError(this.#timeoutMs));
  }
}
