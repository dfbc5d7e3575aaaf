import { goJson } from "#api";

import type { Exchange, ResponseBody, ResponseHeaders } from "../kernel/index.ts";

const exposed = "X-Stream-Output, X-Chunked-Output, X-Content-Length";

/** Lines wait for the end of the event loop's turn; so many at most. */
const waitingLinesMax = 256;

type Encoding = "json" | "text";

export interface StreamOptions {
  /** Default text/plain. */
  readonly type?: string;
  /** Told in X-Content-Length. */
  readonly length?: number;
}

/**
 * The answer of a command, framed as go-ipfs-cmds does: one value, a stream of values (a line and a chunk each), or
 * bytes. The head goes out with the first of them; a failure before that is a status, one after it a trailer.
 */
export class KuboOutput {
  readonly #exchange: Exchange;
  readonly #encoding: Encoding;
  readonly #headers: ResponseHeaders;
  #body: ResponseBody | undefined;
  #length: number | undefined;
  #lines: (string | Uint8Array)[] = [];
  #isFlushPlanned = false;
  /** Resolves when the client has read enough. */
  #room: Promise<void> | undefined;
  #isOver = false;

  constructor(exchange: Exchange, encoding: Encoding, headers: ResponseHeaders) {
    this.#exchange = exchange;
    this.#encoding = encoding;
    this.#headers = headers;
  }

  /** The only value. `text` is what `encoding=text` gets. */
  async single(value: object, text?: () => string | Uint8Array): Promise<void> {
    const body = this.#begin(this.#valueType, {});
    await body.write(this.#encode(value, text));
  }

  /** The head goes out at once, before there is a value to send. */
  begin(): void {
    this.#beginValues();
  }

  /** One value of several. */
  emit(value: object | number, text?: () => string | Uint8Array): void | Promise<void> {
    return this.line(this.#encode(value, text));
  }

  /** One value of several, in JSON and with its line end. */
  line(json: string | Uint8Array): void | Promise<void> {
    if (this.#isOver) return undefined;
    this.#lines.push(json);
    if (this.#lines.length >= waitingLinesMax) return this.#flush();
    if (!this.#isFlushPlanned) this.#planFlush();
    return this.#room;
  }

  async stream(bytes: AsyncIterable<Uint8Array>, options: StreamOptions = {}): Promise<void> {
    this.#length = options.length;
    const pieces = bytes[Symbol.asyncIterator]();
    try {
      // the head waits for the first bytes, so that a failure to get them has a status
      let piece = await pieces.next();
      const body = this.#begin(options.type ?? "text/plain", { "X-Stream-Output": "1" });
      for (; piece.done !== true; piece = await pieces.next()) {
        const room = body.write(piece.value);
        if (room !== undefined) await room;
      }
    } finally {
      await pieces.return?.();
    }
  }

  /** Completes the answer; a command that said nothing answers an empty stream of values. */
  async finish(): Promise<void> {
    await this.#flush();
    this.#isOver = true;
    await this.#beginValues().end();
  }

  async fail(message: string, isAskedWrongly = false): Promise<void> {
    if (this.#body === undefined && this.#lines.length === 0) {
      return this.#failAtOnce(message, isAskedWrongly);
    }
    await this.#flush();
    this.#isOver = true;
    await this.#body?.end({ "X-Stream-Error": message });
  }

  async #failAtOnce(message: string, isAskedWrongly: boolean): Promise<void> {
    this.#isOver = true;
    const body = this.#begin(this.#valueType, {}, isAskedWrongly ? 400 : 500);
    const error = { Message: message, Code: isAskedWrongly ? 1 : 0, Type: "error" };
    await body.write(this.#encode(error, () => message));
    await body.end();
  }

  get #valueType(): string {
    return this.#encoding === "json" ? "application/json" : "text/plain";
  }

  #encode(
    value: object | number,
    text: (() => string | Uint8Array) | undefined,
  ): string | Uint8Array {
    return this.#encoding === "text" && text !== undefined ? text() : goJson(value);
  }

  #planFlush(): void {
    this.#isFlushPlanned = true;
    setImmediate(() => {
      this.#isFlushPlanned = false;
      const room = this.#flush();
      if (room === undefined) return;
      this.#room = this.#forget(room);
      // whoever emits next gets the error; the request's signal tells the others
      this.#room.catch(() => undefined);
    });
  }

  async #forget(room: Promise<void>): Promise<void> {
    await room;
    this.#room = undefined;
  }

  #flush(): void | Promise<void> {
    if (this.#lines.length === 0 || this.#isOver) return undefined;
    const lines = this.#lines;
    this.#lines = [];
    const body = this.#beginValues();
    let room: Promise<void> | undefined;
    for (const line of lines) room = body.write(line) ?? room;
    return room;
  }

  #beginValues(): ResponseBody {
    return this.#body ?? this.#begin(this.#valueType, { "X-Chunked-Output": "1" });
  }

  #begin(type: string, kind: ResponseHeaders, status = 200): ResponseBody {
    const length = this.#length === undefined ? {} : { "X-Content-Length": String(this.#length) };
    this.#body = this.#exchange.begin(status, {
      ...this.#headers,
      "Access-Control-Allow-Headers": exposed,
      "Access-Control-Expose-Headers": exposed,
      "Content-Type": type,
      Trailer: "X-Stream-Error",
      ...length,
      ...kind,
    });
    return this.#body;
  }
}
