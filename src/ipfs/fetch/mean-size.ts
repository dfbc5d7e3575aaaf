import { blockBytesGuess } from "./bounds.ts";

/** The mean size of blocks, the last ones counting most. */
export class MeanSize {
  #bytes = blockBytesGuess;

  get bytes(): number {
    return this.#bytes;
  }

  add(sizeBytes: number): void {
    this.#bytes += (Math.max(sizeBytes, 64) - this.#bytes) / 64;
  }
}
