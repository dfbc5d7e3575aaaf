/** Memory that waits to be used again; more is left to the collector. */
const idleBytesMax = 16 * 1024 * 1024;

/**
 * Memory for blocks that goes round: an upload makes as many blocks of one size as it has bytes for, and the collector is
 * slow to see them go.
 */
export class BlockMemory {
  readonly #idle = new Map<number, Uint8Array[]>();
  readonly #lent = new WeakSet<Uint8Array>();
  #idleBytes = 0;

  /** Memory of that size with anything in it. */
  lend(sizeBytes: number): Uint8Array {
    const used = this.#idle.get(sizeBytes)?.pop();
    if (used !== undefined) this.#idleBytes -= sizeBytes;
    const memory = used ?? new Uint8Array(sizeBytes);
    this.#lent.add(memory);
    return memory;
  }

  /** Takes back what was lent; anything else stays whose it is. */
  takeBack(memory: Uint8Array): void {
    if (!this.#lent.delete(memory) || this.#idleBytes + memory.length > idleBytesMax) return;
    this.#idleBytes += memory.length;
    const idle = this.#idle.get(memory.length);
    if (idle === undefined) this.#idle.set(memory.length, [memory]);
    else idle.push(memory);
  }
}
