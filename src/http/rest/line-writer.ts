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
  /** Set while the client has more than enough to read. */
  #room: Promise<void> | undefined;

  constructor(body: ResponseBody) {
    this.#body = body;
  }

  /** Takes a line, or answers a promise as `ResponseBody.write` does. */
  write(line: string): void | Promise<void> {
    this.#batch += line;
    // the first goes out with the head
    if (this.#isFirst || this.#batch.length >= batchCharsMax) this.#flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        this.#flush();
      });
    }
    return this.#room;
  }

  /** Sends what is left, then the end. */
  async end(trailers: Readonly<Record<string, string>>): Promise<void> {
    this.#flush();
    await this.#body.end(trailers);
  }

  #flush(): void {
    if (this.#batch === "") return;
    const room = this.#body.write(this.#batch) ?? undefined;
    this.#batch = "";
    this.#isFirst = false;
    this.#room = room;
    // of a client that is gone hears who writes the next line
    room?.then(
      () => {
        if (this.#room === room) this.#room = undefined;
      },
      () => undefined,
    );
  }
}
