import { MultipartError } from "./errors.ts";
import { parseDisposition, parseMediaType, parsePartHeaders } from "./headers.ts";
import { Scanner, type ScannerLimits } from "./scanner.ts";

export interface MultipartLimits extends ScannerLimits {
  /** Parts in one message. */
  readonly partsMax: number;
}

const defaultMultipartLimits: MultipartLimits = {
  headBytesMax: 64 * 1024,
  preambleBytesMax: 64 * 1024,
  partsMax: Number.MAX_SAFE_INTEGER,
};

/** What follows the last part is read and dropped, up to this much. */
const epilogueBytesMax = 64 * 1024;

/** One part. Its bytes are views of what arrived; a body that nobody reads is skipped when the next part is asked for. */
export interface Part {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** The form field's name; "" without one. */
  readonly name: string;
  /** As sent, without any decoding; undefined when none was sent. */
  readonly filename: string | undefined;
  /** Media type in lower case without parameters; "" without one. */
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole body, when it was all there already. */
  readonly small: Uint8Array | undefined;
}

/** The boundary that a Content-Type names; undefined for anything but a multipart type with one. */
export function boundaryOf(contentType: string): string | undefined {
  const { type, parameters } = parseMediaType(contentType);
  const boundary = parameters["boundary"];
  return type.startsWith("multipart/") && boundary !== "" ? boundary : undefined;
}

/**
 * Reads a multipart message (RFC 2046, 7578) part by part as it arrives. Memory: one piece of the source, one head.
 * @throws {MultipartError} at once for a Content-Type without boundary; while reading for a body that breaks off or a limit
 */
export function readParts(
  source: AsyncIterable<Uint8Array>,
  contentType: string,
  limits: Partial<MultipartLimits> = {},
): AsyncIterable<Part> {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) {
    throw new MultipartError("no multipart boundary param in Content-Type");
  }
  const all = { ...defaultMultipartLimits, ...limits };
  const reader = new PartReader(source, new Scanner(boundary, all), all.partsMax);
  return { [Symbol.asyncIterator]: () => reader };
}

class PartReader implements AsyncIterator<Part, undefined> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #scanner: Scanner;
  readonly #partsMax: number;
  #parts = 0;
  #isOver = false;
  #current: StreamedPartBody | undefined;

  constructor(source: AsyncIterable<Uint8Array>, scanner: Scanner, partsMax: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#scanner = scanner;
    this.#partsMax = partsMax;
  }

  // without a promise chain as long as whole parts are at hand
  next(): Promise<IteratorResult<Part, undefined>> {
    if (this.#isOver) return Promise.resolve(over);
    if (this.#scanner.state === "body") return this.#nextLater();
    try {
      const head = this.#scanner.head();
      if (head === undefined || head === "end") return this.#nextLater();
      return Promise.resolve({ done: false, value: this.#partOf(head) });
    } catch (error) {
      return this.#fail(error);
    }
  }

  async return(): Promise<IteratorResult<Part, undefined>> {
    this.#isOver = true;
    await this.#source.return?.();
    return over;
  }

  /** The next bytes of the current part's body; undefined at its end. */
  async bodyPiece(): Promise<Uint8Array | undefined> {
    const scanner = this.#scanner;
    while (scanner.state === "body") {
      const bytes = scanner.body();
      if (bytes === undefined) await this.#more();
      else if (bytes.length > 0) return bytes;
    }
    return undefined;
  }

  async #nextLater(): Promise<IteratorResult<Part, undefined>> {
    try {
      if (this.#current !== undefined) await this.#current.skip();
      let head = this.#scanner.head();
      while (head === undefined) {
        await this.#more();
        head = this.#scanner.head();
      }
      if (head !== "end") return { done: false, value: this.#partOf(head) };
      await this.#skipEpilogue();
    } catch (error) {
      return this.#fail(error);
    }
    this.#isOver = true;
    return over;
  }

  #fail(error: unknown): Promise<never> {
    this.#isOver = true;
    return Promise.reject(error);
  }

  #partOf(head: Buffer): Part {
    this.#parts++;
    if (this.#parts > this.#partsMax) {
      throw new MultipartError(`multipart: more than ${this.#partsMax} parts`);
    }
    const first = this.#scanner.body();
    if (first !== undefined && this.#scanner.state === "head") {
      this.#current = undefined;
      return new ReadPart(head, new SmallPartBody(first), first);
    }
    this.#current = new StreamedPartBody(this, first);
    return new ReadPart(head, this.#current, undefined);
  }

  async #more(): Promise<void> {
    if (this.#scanner.refill()) return;
    const piece = await this.#source.next();
    if (piece.done !== true) return this.#scanner.feed(piece.value);
    throw new MultipartError("multipart: NextPart: EOF");
  }

  async #skipEpilogue(): Promise<void> {
    for (let skipped = 0; skipped < epilogueBytesMax;) {
      const piece = await this.#source.next();
      if (piece.done === true) return;
      skipped += piece.value.length;
    }
  }
}

class ReadPart implements Part {
  readonly headers: ReadonlyMap<string, string>;
  readonly name: string;
  readonly filename: string | undefined;
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array>;
  readonly small: Uint8Array | undefined;

  constructor(head: Buffer, body: AsyncIterable<Uint8Array>, small: Uint8Array | undefined) {
    this.headers = parsePartHeaders(head);
    const { name, filename } = parseDisposition(this.headers.get("content-disposition") ?? "");
    this.name = name;
    this.filename = filename;
    this.contentType = parseMediaType(this.headers.get("content-type") ?? "").type;
    this.body = body;
    this.small = small;
  }
}

const over = { done: true, value: undefined } as const;

class SmallPartBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  #bytes: Uint8Array | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes.length === 0 ? undefined : bytes;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const value = this.#bytes;
    this.#bytes = undefined;
    return Promise.resolve(value === undefined ? over : { done: false, value });
  }
}

/** Reads the parser's current part, until the parser went on to the next. */
class StreamedPartBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #reader: PartReader;
  #first: Uint8Array | undefined;
  #isOver = false;

  constructor(reader: PartReader, first: Uint8Array | undefined) {
    this.#reader = reader;
    this.#first = first;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isOver) return over;
    const value = this.#first ?? (await this.#reader.bodyPiece());
    this.#first = undefined;
    if (value !== undefined) return { done: false, value };
    this.#isOver = true;
    return over;
  }

  /** Ends the body for whoever still holds it, and drops what was not read. */
  async skip(): Promise<void> {
    this.#isOver = true;
    let piece = await this.#reader.bodyPiece();
    while (piece !== undefined) piece = await this.#reader.bodyPiece();
  }
}
