/** Stdin for prompts: lines first, and what is left for whoever reads the rest. */
export class StdinLines {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  #isOver = false;

  constructor(stdin: AsyncIterable<Uint8Array>) {
    this.#chunks = stdin[Symbol.asyncIterator]();
  }

  /** The next line without its end; undefined at the end. At most 64 KiB of it. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const at = this.#rest.indexOf(newline);
      if (at >= 0 || this.#isOver || this.#rest.length >= lineBytesMax) return this.#cut(at);
      await this.#more();
    }
  }

  /** Everything that was not read as lines. */
  async *rest(): AsyncGenerator<Uint8Array> {
    if (this.#rest.length > 0) yield this.#rest;
    this.#rest = new Uint8Array();
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return;
      yield value;
    }
  }

  #cut(at: number): string | undefined {
    if (at < 0 && this.#rest.length === 0) return undefined;
    const end = at < 0 ? this.#rest.length : at;
    const text = new TextDecoder().decode(this.#rest.subarray(0, end)).replace(/\r$/, "");
    this.#rest = this.#rest.subarray(at < 0 ? end : at + 1);
    return text;
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#chunks.next();
    if (done === true) this.#isOver = true;
    else this.#rest = Buffer.concat([this.#rest, value]);
  }
}

const newline = 0x0a;
const lineBytesMax = 65_536;
