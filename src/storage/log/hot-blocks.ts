import type { BlockKey } from "../block-key.ts";

/** Longer blocks are as quick to read again. */
const hotBlockBytesMax = 32 * 1024;

/**
 * Small blocks that were read last: roots, directories, little files. Spares the lookup and the read, which cost as much
 * as everything else in an answer of a few kilobytes. Bounded by bytes; forgets what was used longest ago.
 */
export class HotBlocks {
  readonly #bytesMax: number;
  readonly #blocks = new Map<BlockKey, Uint8Array>();
  #sizeBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(key: BlockKey): Uint8Array | undefined {
    const bytes = this.#blocks.get(key);
    if (bytes === undefined) return undefined;
    // kept in order of use only when something has to go soon
    if (this.#sizeBytes * 2 > this.#bytesMax) {
      this.#blocks.delete(key);
      this.#blocks.set(key, bytes);
    }
    return bytes;
  }

  set(key: BlockKey, bytes: Uint8Array): void {
    if (bytes.length > hotBlockBytesMax) return;
    this.forget(key);
    this.#blocks.set(key, bytes);
    this.#sizeBytes += bytes.length;
    for (const oldest of this.#blocks.keys()) {
      if (this.#sizeBytes <= this.#bytesMax) return;
      this.forget(oldest);
    }
  }

  /** The block is being removed. */
  forget(key: BlockKey): void {
    const bytes = this.#blocks.get(key);
    if (bytes === undefined) return;
    this.#blocks.delete(key);
    this.#sizeBytes -= bytes.length;
  }
}
