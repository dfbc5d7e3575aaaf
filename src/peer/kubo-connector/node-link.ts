import type { Clock, Logger } from "#lib";

/** As often the node is asked whether it is there, while it is not. */
const retryMs = 1000;
/** As often the log says that it is still not there. */
const warnEvery = 10;

export interface NodeLinkDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Asks the node for something small. @throws when it does not answer */
  readonly ask: (signal: AbortSignal) => Promise<void>;
}

/** Whether the node can be reached. While it cannot, it is asked every second, so that its return is noticed. */
export class NodeLink implements AsyncDisposable {
  readonly #deps: NodeLinkDeps;
  readonly #closing = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  readonly #returned: (() => void)[] = [];
  #search: Promise<void>;
  #isReached = false;
  #isSearching = true;

  constructor(deps: NodeLinkDeps) {
    this.#deps = deps;
    this.#search = this.#find();
  }

  /** Resolves when the node has answered for the first time. */
  get ready(): Promise<void> {
    return this.#first.promise;
  }

  /** Called when the node answers after it was away, or when it came late. */
  onReturn(callback: () => void): void {
    this.#returned.push(callback);
  }

  /** What a call has found out. */
  note(isReached: boolean): void {
    if (isReached === this.#isReached) return;
    this.#isReached = isReached;
    if (isReached || this.#isSearching || this.#closing.signal.aborted) return;
    this.#deps.logger.warn("the IPFS node cannot be reached");
    this.#isSearching = true;
    this.#search = this.#find(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new Error("closing"));
    await this.#search;
  }

  /** Never rejects. */
  async #find(isReturn = false): Promise<void> {
    const { clock, logger } = this.#deps;
    const { signal } = this.#closing;
    let tries = 1;
    for (; !signal.aborted; tries++) {
      if (isReturn) await clock.sleep(retryMs, signal).catch(() => undefined);
      if (await this.#isThere()) break;
      if (tries % warnEvery === 0)
        logger.warn("the IPFS node does not seem to be available", { tries });
      if (!isReturn) await clock.sleep(retryMs, signal).catch(() => undefined);
    }
    this.#isSearching = false;
    if (signal.aborted) return;
    this.#isReached = true;
    this.#first.resolve();
    if (!isReturn && tries === 1) return;
    logger.info(isReturn ? "the IPFS node is back" : "the IPFS node is there");
    for (const callback of this.#returned) callback();
  }

  async #isThere(): Promise<boolean> {
    try {
      await this.#deps.ask(this.#closing.signal);
      return true;
    } catch {
      return false;
    }
  }
}
