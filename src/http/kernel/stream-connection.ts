import { type ByteStream, StreamDuplex } from "#lib";

/** What node:http writes at the end of a chunked answer. */
const lastChunk = "0\r\n\r\n";

/** A byte stream as the connection that node:http serves. */
export class StreamConnection extends StreamDuplex {
  readonly ip: string | undefined;
  #trailers: string | undefined;

  constructor(stream: ByteStream) {
    super(stream);
    this.ip = stream.ip;
    // when all is said the other side may leave its half open for ever
    this.once("finish", () => this.destroy());
  }

  /**
   * Bun 1.4.5 leaves trailers out of answers on connections that it has not accepted itself: they are put in where it ends
   * the answer that is under way. What it writes of the framing it writes as text, and content as bytes.
   */
  endWith(trailers: Readonly<Record<string, string>>): void {
    const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#trailers = lines.join("");
  }

  protected override encode(text: string, encoding: BufferEncoding): Uint8Array {
    if (this.#trailers === undefined || text !== lastChunk) return super.encode(text, encoding);
    const bytes = Buffer.from(`0\r\n${this.#trailers}\r\n`, "latin1");
    this.#trailers = undefined;
    return bytes;
  }
}
