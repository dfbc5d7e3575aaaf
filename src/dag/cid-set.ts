import { type CID, multihash } from "#model";

const wordsPerEntry = 4;
/** Shorter digests are not uniform in their last 16 bytes, or can be chosen. */
const digestBytesMin = 20;

/**
 * A set of blocks (multihash and codec) in 24 to 48 bytes an entry: it keeps 128 bits of each digest, so that two
 * blocks count as one only when somebody finds a collision of 128 bits. Identity CIDs are kept whole.
 */
export class CidSet {
  #words = new Uint32Array(256 * wordsPerEntry);
  #size = 0;
  readonly #whole = new Set<string>();

  get size(): number {
    return this.#size + this.#whole.size;
  }

  has(cid: CID): boolean {
    if (isShort(cid)) return this.#whole.has(wholeKeyOf(cid));
    return this.#words[this.#find(keyOf(cid))] !== 0;
  }

  /** True when it was not there. */
  add(cid: CID): boolean {
    if (isShort(cid)) return this.#addWhole(wholeKeyOf(cid));
    const key = keyOf(cid);
    const slot = this.#find(key);
    if (this.#words[slot] !== 0) return false;
    this.#words.set(key, slot);
    this.#size += 1;
    if (this.#size * wordsPerEntry * 3 > this.#words.length * 2) this.#grow();
    return true;
  }

  #addWhole(key: string): boolean {
    const before = this.#whole.size;
    return this.#whole.add(key).size > before;
  }

  /** The entry's place, or the empty one where it belongs. */
  #find(key: Uint32Array): number {
    const words = this.#words;
    const last = words.length - wordsPerEntry;
    let slot = ((key[1] ?? 0) * wordsPerEntry) & last;
    while (words[slot] !== 0 && !isAt(words, slot, key)) slot = (slot + wordsPerEntry) & last;
    return slot;
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let slot = 0; slot < old.length; slot += wordsPerEntry) {
      if (old[slot] === 0) continue;
      const key = old.subarray(slot, slot + wordsPerEntry);
      this.#words.set(key, this.#find(key));
    }
  }
}

function isShort(cid: CID): boolean {
  const { code, digest } = cid.multihash;
  return code === multihash.identity || digest.length < digestBytesMin;
}

/** Codec and multihash as text, one character a byte. */
export function wholeKeyOf(cid: CID): string {
  return `${cid.code} ${String.fromCharCode(...cid.multihash.bytes)}`;
}

function isAt(words: Uint32Array, slot: number, key: Uint32Array): boolean {
  return (
    words[slot] === key[0] &&
    words[slot + 1] === key[1] &&
    words[slot + 2] === key[2] &&
    words[slot + 3] === key[3]
  );
}

/** The digest's last 16 bytes, mixed with codec and hash; the first word is never zero, which means empty. */
function keyOf(cid: CID): Uint32Array {
  const { digest, code } = cid.multihash;
  const view = new DataView(digest.buffer, digest.byteOffset + digest.length - 16, 16);
  const key = new Uint32Array(wordsPerEntry);
  key[0] = view.getUint32(0) | 0x80000000;
  key[1] = view.getUint32(4);
  key[2] = view.getUint32(8) ^ cid.code;
  key[3] = view.getUint32(12) ^ code;
  return key;
}
