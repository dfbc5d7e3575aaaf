/** Shorter blocks are copied together when they are written, and their memory is small change. */
const pooledFromBytes = 64 * 1024;
const freeBytesMax = 24 * 1024 * 1024;

/**
 * Memory of big blocks that goes round between importer and log: fresh memory for every leaf would cost a page fault
 * for each 4 KiB, and leave the old to the garbage collector. Free memory is kept for one size at a time, which is that
 * of nearly all leaves of an add.
 */
export class BufferPool {
  readonly #lent = new WeakSet<ArrayBufferLike>();
  #sizeBytes = 0;
  #free: Uint8Array[] = [];

  take(sizeBytes: number): Uint8Array | undefined {
    if (sizeBytes < pooledFromBytes) return undefined;
    if (sizeBytes !== this.#sizeBytes) {
      this.#sizeBytes = sizeBytes;
      this.#free = [];
    }
    const bytes = this.#free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
    this.#lent.add(bytes.buffer);
    return bytes;
  }

  /** Takes back the memory that these bytes are part of, and nobody looks at any more. What was not lent is left alone. */
  give({ buffer }: Uint8Array): void {
    if (!this.#lent.delete(buffer) || buffer.byteLength !== this.#sizeBytes) return;
    if ((this.#free.length + 1) * buffer.byteLength > freeBytesMax) return;
    this.#free.push(new Uint8Array(buffer));
  }
}
