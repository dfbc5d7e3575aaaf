/**
 * A set of long uniform digests in constant memory an entry: it keeps 62 bits of each, in flat typed arrays that double.
 * Two digests that share those bits count as one (1 in 10^6 for two million entries), so ask it only questions
 * where a false "yes" is harmless, such as "keep this block?".
 */
export class DigestSet {
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds the digest in the last eight bytes of `bytes` (shorter ones count as padded); true when it was not there. */
  add(bytes: Uint8Array): boolean {
    const [high, low] = wordsOf(bytes);
    const slot = this.#find(high, low);
    if (this.#high[slot] !== 0) return false;
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#size += 1;
    if (this.#size * 3 > this.#high.length * 2) this.#grow();
    return true;
  }

  has(bytes: Uint8Array): boolean {
    const [high, low] = wordsOf(bytes);
    return this.#high[this.#find(high, low)] !== 0;
  }

  #find(high: number, low: number): number {
    const mask = this.#high.length - 1;
    let slot = low & mask;
    while (this.#high[slot] !== 0 && (this.#high[slot] !== high || this.#low[slot] !== low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [oldHigh, oldLow] = [this.#high, this.#low];
    this.#high = new Uint32Array(oldHigh.length * 2);
    this.#low = new Uint32Array(oldHigh.length * 2);
    for (const [index, high] of oldHigh.entries()) {
      if (high === 0) continue;
      const low = oldLow[index] ?? 0;
      const slot = this.#find(high, low);
      this.#high[slot] = high;
      this.#low[slot] = low;
    }
  }
}

/** The top bit of the first word is set, so that zero means an empty slot. */
function wordsOf(bytes: Uint8Array): readonly [high: number, low: number] {
  let high = bytes.length;
  let low = 0;
  const end = bytes.length;
  for (let i = Math.max(0, end - 8); i < end - 4; i += 1) high = (high << 8) | (bytes[i] ?? 0);
  for (let i = Math.max(0, end - 4); i < end; i += 1) low = (low << 8) | (bytes[i] ?? 0);
  return [(high | 0x80000000) >>> 0, low >>> 0];
}
