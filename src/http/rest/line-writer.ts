import type { ResponseBody } from "../kernel/index.ts";

/** Lines that come faster than this many characters go out together. */
const batchCharsMax = 64 * 1024;

/**
 * Writes lines to an answer. Those that come in one turn of the event loop leave as one chunk; a line never waits for
 * another that is not there yet.
 */
export class LineWriter {
  readonly #body: ResponseBody;
  #batch = "";
  #isFirst = true;
  #isScheduled = false;
  /** For the next who writes: how long the client has enough to read. */
  #room: void | Promise<void> = undefined;

  constructor(body: ResponseBody) {
    this.#body = body;
  }

  /** Takes lines, or answers a promise as `ResponseBody.write` does. */
  write(lines: string): void | Promise<void> {
    this.#batch += lines;
    // the first go out with the head
    if (this.#isFirst || this.#batch.length >= batchCharsMax) this.#flush();
    else this.#flushSoon();
    const room = this.#room;
    this.#room = undefined;
    return room;
  }

  /** Sends what is left, then the end. */
  async end(trailers: Readonly<Record<string, string>>): Promise<void> {
    this.#flush();
    await this.#body.end(trailers);
  }

  #flushSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#batch === "") return;
    const room = this.#body.write(this.#batch);
    this.#batch = "";
    this.#isFirst = false;
    // whoever writes next hears of a client that is gone; until then it is not unhandled
    room?.catch(() => undefined);
    this.#room = room;
  }
}
