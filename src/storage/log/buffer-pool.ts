import { freeMemory } from "#lib";

/** Shorter blocks are copied together when they are written, and their memory is small change. */
const pooledFromBytes = 64 * 1024;

/**
 * Memory of big blocks that goes round between importer and log: fresh memory for every leaf would cost a page fault
 * for each 4 KiB, and leave the old to the garbage collector. Free memory is kept for one size at a time, which is that
 * of nearly all leaves of an add.
 */
export class BufferPool {
  readonly #lent = new WeakSet<ArrayBufferLike>();
  readonly #freeBytesMax: number;
  #sizeBytes = 0;
  readonly #free: Uint8Array[] = [];

  constructor(freeBytesMax: number) {
    this.#freeBytesMax = freeBytesMax;
  }

  take(sizeBytes: number): Uint8Array | undefined {
    if (sizeBytes < pooledFromBytes) return undefined;
    if (sizeBytes !== this.#sizeBytes) {
      this.#sizeBytes = sizeBytes;
      for (const old of this.#free.splice(0)) freeMemory(old);
    }
    const bytes = this.#free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
    this.#lent.add(bytes.buffer);
    return bytes;
  }

  /** Takes back the memory that these bytes are part of, and nobody looks at any more. What was not lent is left alone. */
  give(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (!this.#lent.delete(buffer)) return;
    const isRoom = (this.#free.length + 1) * buffer.byteLength <= this.#freeBytesMax;
    if (isRoom && buffer.byteLength === this.#sizeBytes) this.#free.push(new Uint8Array(buffer));
    else freeMemory(bytes);
  }
}
