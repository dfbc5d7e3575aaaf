import { MessageTooLargeError, ProtocolError } from "../errors.ts";

/** A message's buffer is made when this much of it is here (or all of it): a mere announcement costs no memory. */
const proofBytes = 64 * 1024;
/** Lengths above 2^35 are nobody's. */
const lengthBytesMax = 5;

/** Cuts a stream of pieces into messages behind varint lengths. Each message's bytes are copied once. */
export class MessageAssembler {
  readonly #bytesMax: number;
  readonly #peer: string;
  #length = 0;
  #lengthBytes = 0;
  /** Of the message that is being read; undefined while its length is. */
  #sizeBytes: number | undefined;
  #message: Uint8Array | undefined;
  #filled = 0;
  #held: Uint8Array[] = [];

  constructor(peer: string, bytesMax: number) {
    this.#peer = peer;
    this.#bytesMax = bytesMax;
  }

  /** A message has begun and is not whole. */
  get isInside(): boolean {
    return this.#sizeBytes !== undefined || this.#lengthBytes > 0;
  }

  /** Messages that end in the piece. @throws {MessageTooLargeError} {ProtocolError} */
  *push(piece: Uint8Array): Generator<Uint8Array> {
    let at = 0;
    while (at < piece.length) {
      if (this.#sizeBytes === undefined) {
        at = this.#readLength(piece, at);
      } else {
        const part = piece.subarray(at, at + this.#sizeBytes - this.#filled);
        at += part.length;
        this.#fill(part, this.#sizeBytes);
      }
      if (this.#sizeBytes === this.#filled) yield this.#finish();
    }
  }

  #readLength(piece: Uint8Array, start: number): number {
    for (let at = start; at < piece.length; at += 1) {
      const byte = piece[at] ?? 0;
      this.#length += (byte & 0x7f) * 2 ** (7 * this.#lengthBytes);
      this.#lengthBytes += 1;
      if (this.#length > this.#bytesMax)
        throw new MessageTooLargeError(this.#length, this.#bytesMax);
      if (byte < 0x80) {
        this.#sizeBytes = this.#length;
        return at + 1;
      }
      if (this.#lengthBytes === lengthBytesMax) {
        throw new ProtocolError(this.#peer, [], "a length does not end");
      }
    }
    return piece.length;
  }

  #fill(part: Uint8Array, sizeBytes: number): void {
    if (
      this.#message === undefined &&
      this.#filled + part.length < Math.min(proofBytes, sizeBytes)
    ) {
      this.#held.push(part);
      this.#filled += part.length;
      return;
    }
    const message = this.#begin(sizeBytes);
    message.set(part, this.#filled);
    this.#filled += part.length;
  }

  #begin(sizeBytes: number): Uint8Array {
    if (this.#message !== undefined) return this.#message;
    // not from the pool: the consumer keeps parts of a message, and a part of the pool would keep others' bytes
    const message = new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
    let at = 0;
    for (const piece of this.#held) {
      message.set(piece, at);
      at += piece.length;
    }
    this.#held = [];
    this.#message = message;
    return message;
  }

  #finish(): Uint8Array {
    const message = this.#message ?? new Uint8Array(0);
    this.#message = undefined;
    this.#sizeBytes = undefined;
    this.#length = 0;
    this.#lengthBytes = 0;
    this.#filled = 0;
    return message;
  }
}
