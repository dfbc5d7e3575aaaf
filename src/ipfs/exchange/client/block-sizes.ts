const floorBytes = 16 * 1024;
const unknownBytes = 256 * 1024;
const newest = 1 / 8;

/** How long the blocks of one DAG are, as far as is known. */
export class BlockSizes {
  #average = unknownBytes;

  /** What the next block is expected to take. Inner nodes come first and are small, so it is never less than 16 KiB. */
  get expected(): number {
    return Math.max(this.#average, floorBytes);
  }

  add(sizeBytes: number): void {
    this.#average += newest * (sizeBytes - this.#average);
  }
}
