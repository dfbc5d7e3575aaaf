import type { IncomingMessage } from "node:http";

import type { Clock } from "#lib";

import { ClientGoneError } from "./errors.ts";

const bufferedBytesMax = 1024 * 1024;

type Result = IteratorResult<Uint8Array, undefined>;

const done: Result = { done: true, value: undefined };

/**
 * The body of a request, pulled. At most about 1 MiB waits here; then the socket is paused. Iterated once: a second
 * iteration goes on where the first stopped. Pieces are fresh memory, the consumer may keep them.
 */
export class RequestBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #request: IncomingMessage;
  #pieces: Uint8Array[] = [];
  #next = 0;
  #bufferedBytes = 0;
  #isStarted = false;
  #isOver = false;
  #failure: Error | undefined;
  #waiting: PromiseWithResolvers<Result> | undefined;

  constructor(request: IncomingMessage) {
    this.#request = request;
  }

  /** Whether all of it has been handed out. */
  get isConsumed(): boolean {
    return this.#isOver && this.#failure === undefined && this.#next === this.#pieces.length;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this;
  }

  next(): Promise<Result> {
    if (!this.#isStarted) this.#start();
    const piece = this.#take();
    if (piece !== undefined) return Promise.resolve({ done: false, value: piece });
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isOver) return Promise.resolve(done);
    this.#waiting ??= Promise.withResolvers<Result>();
    return this.#waiting.promise;
  }

  return(): Promise<Result> {
    return Promise.resolve(done);
  }

  #take(): Uint8Array | undefined {
    const piece = this.#pieces[this.#next];
    if (piece === undefined) return undefined;
    this.#next++;
    this.#bufferedBytes -= piece.length;
    if (this.#next === this.#pieces.length) {
      this.#pieces = [];
      this.#next = 0;
      if (!this.#isOver && this.#request.isPaused()) this.#request.resume();
    }
    return piece;
  }

  #start(): void {
    this.#isStarted = true;
    const request = this.#request;
    if (request.destroyed && !request.complete) return this.#close(new ClientGoneError());
    request.on("data", (piece: Buffer) => this.#arrive(piece));
    request.on("end", () => this.#close(undefined));
    request.on("error", () => this.#close(new ClientGoneError()));
    request.on("close", () => this.#close(new ClientGoneError()));
  }

  #arrive(piece: Uint8Array): void {
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      return waiting.resolve({ done: false, value: piece });
    }
    this.#pieces.push(piece);
    this.#bufferedBytes += piece.length;
    if (this.#bufferedBytes >= bufferedBytesMax) this.#request.pause();
  }

  #close(failure: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    if (failure === undefined) this.#waiting?.resolve(done);
    else this.#waiting?.reject(failure);
    this.#waiting = undefined;
  }
}

const quietMs = 200;
const discardingMs = 60_000;
const discardedBytesMax = 32 * 1024 * 1024;

/**
 * Reads on and drops what the client still sends, so that it comes to read the answer instead of running into a
 * reset connection. Ends with the body, after 200 ms without a byte, after 32 MiB, or after a minute: it may trickle.
 */
export async function discardRest(body: AsyncIterable<Uint8Array>, clock: Clock): Promise<void> {
  const pieces = body[Symbol.asyncIterator]();
  const endsAt = clock.now() + discardingMs;
  for (let discarded = 0; discarded < discardedBytesMax && clock.now() < endsAt;) {
    const timer = new AbortController();
    const piece = await Promise.race([
      pieces.next().catch(() => done),
      clock.sleep(quietMs, timer.signal).then(
        () => done,
        () => done,
      ),
    ]);
    timer.abort();
    if (piece.done === true) return;
    discarded += piece.value.length;
  }
}
