import { AnswerStateError, ClientGoneError } from "./errors.ts";
import type { NodeExchange } from "./exchange.ts";
import { headerValue } from "./headers.ts";
import type { ResponseBody } from "./types.ts";

/** What may wait in the socket's buffer before a writer is made to wait. */
const bufferedBytesMax = 1024 * 1024;

/** A streamed answer. */
export class NodeResponseBody implements ResponseBody {
  readonly #exchange: NodeExchange;
  readonly #isSilent: boolean;
  #isOver = false;
  #isWritten = false;

  constructor(exchange: NodeExchange) {
    this.#exchange = exchange;
    this.#isSilent = exchange.method === "HEAD";
    // a client of an answer whose first bytes are long in coming has its head at once
    setImmediate(() => {
      if (!this.#isWritten && !this.#isOver) exchange.response.flushHeaders();
    });
  }

  write(bytes: Uint8Array | string): void | Promise<void> {
    if (this.#isOver) throw new AnswerStateError("write to an answer that has ended");
    const response = this.#exchange.response;
    if (response.destroyed) return Promise.reject(new ClientGoneError());
    if (this.#isSilent || bytes.length === 0) return undefined;
    this.#isWritten = true;
    this.#exchange.bodyBytes += Buffer.byteLength(bytes);
    if (response.write(bytes) || response.writableLength < bufferedBytesMax) return undefined;
    return this.#drained();
  }

  async end(trailers?: Readonly<Record<string, string>>): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    if (trailers !== undefined && !this.#exchange.hasTrailers) {
      // what cannot be told may be an error: only a broken connection says so
      if (Object.values(trailers).some((value) => value !== "")) return this.#exchange.destroy();
    } else if (trailers !== undefined) {
      const lines = Object.entries(trailers).map(([name, value]) => [name, headerValue(value)]);
      this.#exchange.addTrailers(Object.fromEntries(lines));
    }
    await this.#exchange.finish();
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#exchange.destroy();
  }

  #drained(): Promise<void> {
    const response = this.#exchange.response;
    return new Promise((resolve, reject) => {
      const onDrain = (): void => {
        response.off("close", onClose);
        resolve();
      };
      const onClose = (): void => {
        response.off("drain", onDrain);
        reject(new ClientGoneError());
      };
      response.once("drain", onDrain);
      response.once("close", onClose);
    });
  }
}
