import { sectionSize, writeVarint } from "./section.ts";

/** Blocks at least this long are written from where they are; shorter ones are copied together. */
const copiedBelowBytes = 64 * 1024;
export const chunkSizeBytes = 1024 * 1024;

/** Consecutive sections of one segment that are written by one call, and the bytes of them until then. */
export class Chunk {
  readonly segment: number;
  /** Offset in the segment. */
  readonly start: number;
  sizeBytes = 0;
  /** Sections in it. */
  blocks = 0;
  isWritten = false;
  #buffer: Uint8Array | undefined;
  #used = 0;
  /** Where in the buffer the part begins that is not in `#parts` yet. */
  #partFrom = 0;
  #parts: Uint8Array[] = [];

  constructor(segment: number, start: number, buffer: Uint8Array) {
    this.segment = segment;
    this.start = start;
    this.#buffer = buffer;
  }

  get end(): number {
    return this.start + this.sizeBytes;
  }

  get isFull(): boolean {
    return this.sizeBytes >= chunkSizeBytes;
  }

  hasRoomFor(cidLength: number, length: number): boolean {
    const copied = length < copiedBelowBytes ? length : 0;
    return this.#used + sectionSize(cidLength, 0) + 5 + copied <= chunkSizeBytes;
  }

  /** Adds the head of a segment. */
  addHeader(bytes: Uint8Array): void {
    this.#copy(bytes);
  }

  /** Adds a section and answers the offset of its data in the segment. */
  addSection(cid: Uint8Array, bytes: Uint8Array): number {
    const buffer = this.#require();
    this.blocks += 1;
    const end = writeVarint(buffer, cid.length + bytes.length, this.#used);
    this.sizeBytes += end - this.#used;
    this.#used = end;
    this.#copy(cid);
    const offset = this.end;
    if (bytes.length < copiedBelowBytes) this.#copy(bytes);
    else {
      this.#closePart();
      this.#parts.push(bytes);
      this.sizeBytes += bytes.length;
    }
    return offset;
  }

  /** What to write, in order. */
  parts(): readonly Uint8Array[] {
    this.#closePart();
    return this.#parts;
  }

  /** A copy of bytes that are not written yet; undefined when they are. */
  read(offset: number, length: number): Uint8Array | undefined {
    if (this.#buffer === undefined) return undefined;
    let at = this.start;
    for (const part of this.parts()) {
      if (offset < at + part.length) {
        // not by slice(), which of a Buffer is a view: this memory is used again for other blocks
        return new Uint8Array(part.subarray(offset - at, offset - at + length));
      }
      at += part.length;
    }
    return new Uint8Array(0); // an empty block at the very end
  }

  /** Gives up the bytes: the buffer, for another chunk, and what was written from where it was. */
  release(): { readonly buffer: Uint8Array | undefined; readonly parts: readonly Uint8Array[] } {
    const released = { buffer: this.#buffer, parts: this.#parts };
    this.#buffer = undefined;
    this.#parts = [];
    return released;
  }

  #copy(bytes: Uint8Array): void {
    this.#require().set(bytes, this.#used);
    this.#used += bytes.length;
    this.sizeBytes += bytes.length;
  }

  #closePart(): void {
    if (this.#buffer === undefined || this.#used === this.#partFrom) return;
    this.#parts.push(this.#buffer.subarray(this.#partFrom, this.#used));
    this.#partFrom = this.#used;
  }

  #require(): Uint8Array {
    if (this.#buffer === undefined) throw new Error("a released chunk takes no section");
    return this.#buffer;
  }
}
