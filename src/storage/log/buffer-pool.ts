/** Shorter blocks are copied together when they are written, and their memory is small change. */
const pooledFromBytes = 64 * 1024;
const freeBytesMax = 24 * 1024 * 1024;

/**
 * Memory of big blocks that goes round between importer and log: fresh memory for every leaf would cost a page fault
 * for each 4 KiB, and leave the old to the garbage collector. Free memory is kept for one size at a time, which is that
 * of nearly all leaves of an add.
 */
export class BufferPool {
  readonly #lent = new WeakSet<Uint8Array>();
  #sizeBytes = 0;
  #free: Uint8Array[] = [];

  take(sizeBytes: number): Uint8Array | undefined {
    if (sizeBytes < pooledFromBytes) return undefined;
    if (sizeBytes !== this.#sizeBytes) {
      this.#sizeBytes = sizeBytes;
      this.#free = [];
    }
    const bytes = this.#free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
    this.#lent.add(bytes);
    return bytes;
  }

  /** Takes memory back that nobody looks at any more. What was not lent here is left alone. */
  give(bytes: Uint8Array): void {
    if (!this.#lent.delete(bytes) || bytes.length !== this.#sizeBytes) return;
    if ((this.#free.length + 1) * bytes.length <= freeBytesMax) this.#free.push(bytes);
  }
}
