import { MultipartError } from "./errors.ts";

/** What a client may make us hold or skip. */
export interface ScannerLimits {
  readonly headBytesMax: number;
  readonly preambleBytesMax: number;
}

/** How much of the next piece is put behind an undecided rest, so that big pieces are not copied as a whole. */
const bridgeBytes = 2048;

const lineEnd = Buffer.from("\r\n");
const headEnd = Buffer.from("\r\n\r\n");

/**
 * The grammar of RFC 2046 without input or output: pieces are fed, heads and body bytes are asked for, `undefined`
 * says that more must be fed first. What it answers are views of what was fed. As in Go's mime/multipart, the boundary
 * counts only when white space, a line end or two dashes follow it.
 */
export class Scanner {
  readonly #limits: ScannerLimits;
  /** CRLF, two dashes and the boundary. */
  readonly #delimiter: Buffer;
  // the preamble begins as if a line had just ended
  #piece: Buffer = lineEnd;
  #at = 0;
  /** A piece whose front was copied to decide about the end of the one before. */
  #bridged: Buffer | undefined;
  /** Bytes at the front of a body that belong to its head: the delimiter of an empty body may begin with them. */
  #skip = 0;
  #state: "preamble" | "head" | "body" = "preamble";
  #preambleBytes = 0;

  constructor(boundary: string, limits: ScannerLimits) {
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
    this.#limits = limits;
  }

  get state(): "preamble" | "head" | "body" {
    return this.#state;
  }

  feed(bytes: Uint8Array): void {
    const next = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (this.#at === this.#piece.length) this.#piece = next;
    else {
      const rest = this.#piece.subarray(this.#at);
      this.#piece = Buffer.concat([rest, next.subarray(0, bridgeBytes)]);
      if (next.length > bridgeBytes) this.#bridged = next;
    }
    this.#at = 0;
  }

  /** Goes on with a piece of which only the front was put behind a rest; false when there is none. */
  refill(): boolean {
    const whole = this.#bridged;
    if (whole === undefined) return false;
    this.#bridged = undefined;
    const rest = this.#piece.length - this.#at;
    if (rest > bridgeBytes) this.feed(whole.subarray(bridgeBytes));
    else {
      this.#piece = whole;
      this.#at = bridgeBytes - rest;
    }
    return true;
  }

  /** The next part's header lines, or "end" after the last part. */
  head(): Buffer | "end" | undefined {
    if (this.#state === "preamble" && !this.#skipPreamble()) return undefined;
    const piece = this.#piece;
    const at = this.#at;
    if (piece.length - at < 2) return undefined;
    if (piece[at] === 0x2d && piece[at + 1] === 0x2d) return "end";
    const lineAt = piece.indexOf(lineEnd, at);
    // without header lines the empty line follows at once
    const endAt = lineAt < 0 ? -1 : piece.indexOf(headEnd, lineAt);
    this.#checkHeadSize((endAt < 0 ? piece.length : endAt) - at);
    if (endAt < 0) return undefined;
    this.#at = endAt + lineEnd.length;
    this.#skip = lineEnd.length;
    this.#state = "body";
    return piece.subarray(Math.min(lineAt + lineEnd.length, endAt), endAt);
  }

  /** The next bytes of the body; `state` is "head" when they are the last, and then they may be none. */
  body(): Buffer | undefined {
    const at = this.#at;
    const found = this.#findDelimiter();
    const isLast = found >= 0;
    const end = isLast ? found : -1 - found;
    const from = at + this.#skip;
    if (isLast) {
      this.#at = end + this.#delimiter.length;
      this.#state = "head";
    } else if (end <= from) return undefined;
    else this.#at = end;
    this.#skip = 0;
    return this.#piece.subarray(Math.min(from, end), end);
  }

  /** Where the delimiter begins; else -1 minus the end of what is surely body. */
  #findDelimiter(): number {
    const piece = this.#piece;
    const delimiter = this.#delimiter;
    for (let from = this.#at; ; from++) {
      from = piece.indexOf(delimiter, from);
      if (from < 0) return -1 - this.#surelyBodyEnd();
      const follows = this.#follows(from + delimiter.length);
      if (follows === "delimiter") return from;
      if (follows === "unknown") return -1 - from;
    }
  }

  #follows(at: number): "delimiter" | "data" | "unknown" {
    const piece = this.#piece;
    if (at >= piece.length) return "unknown";
    const byte = piece[at];
    if (byte === 0x0d || byte === 0x0a || byte === 0x20 || byte === 0x09) return "delimiter";
    if (byte !== 0x2d) return "data";
    if (at + 1 >= piece.length) return "unknown";
    return piece[at + 1] === 0x2d ? "delimiter" : "data";
  }

  /** The delimiter has only one CR, its first byte: what may be its beginning is at the last CR of the piece. */
  #surelyBodyEnd(): number {
    const piece = this.#piece;
    const first = Math.max(this.#at, piece.length - this.#delimiter.length + 1);
    for (let i = piece.length - 1; i >= first; i--) {
      if (piece[i] !== 0x0d) continue;
      const tail = piece.subarray(i);
      return tail.equals(this.#delimiter.subarray(0, tail.length)) ? i : piece.length;
    }
    return piece.length;
  }

  #skipPreamble(): boolean {
    while (this.#state === "preamble") {
      const bytes = this.body();
      if (bytes === undefined) return false;
      this.#preambleBytes += bytes.length;
      if (this.#preambleBytes > this.#limits.preambleBytesMax) {
        throw new MultipartError(
          `multipart: no boundary in the first ${this.#limits.preambleBytesMax} bytes`,
        );
      }
    }
    return true;
  }

  #checkHeadSize(size: number): void {
    if (size > this.#limits.headBytesMax) {
      throw new MultipartError(
        `multipart: part header larger than ${this.#limits.headBytesMax} bytes`,
      );
    }
  }
}
