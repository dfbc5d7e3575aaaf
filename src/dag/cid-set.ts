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
  /** The entry that is looked for; one array for all, since this runs for every block of every walk. */
  readonly #key = new Uint32Array(wordsPerEntry);

  get size(): number {
    return this.#size + this.#whole.size;
  }

  has(cid: CID): boolean {
    if (isShort(cid)) return this.#whole.has(wholeKeyOf(cid));
    this.#read(cid);
    return this.#words[this.#find()] !== 0;
  }

  /** True when it was not there. */
  add(cid: CID): boolean {
    if (isShort(cid)) return this.#addWhole(wholeKeyOf(cid));
    this.#read(cid);
    const slot = this.#find();
    if (this.#words[slot] !== 0) return false;
    this.#words.set(this.#key, slot);
    this.#size += 1;
    if (this.#size * wordsPerEntry * 3 > this.#words.length * 2) this.#grow();
    return true;
  }

  #addWhole(key: string): boolean {
    const before = this.#whole.size;
    return this.#whole.add(key).size > before;
  }

  /** The digest's last 16 bytes, mixed with codec and hash; the first word is never zero, which means empty. */
  #read(cid: CID): void {
    const { digest, code } = cid.multihash;
    const at = digest.length - 16;
    this.#key[0] = wordAt(digest, at) | 0x80000000;
    this.#key[1] = wordAt(digest, at + 4);
    this.#key[2] = wordAt(digest, at + 8) ^ cid.code;
    this.#key[3] = wordAt(digest, at + 12) ^ code;
  }

  /** The key's place, or the empty one where it belongs. */
  #find(): number {
    const [words, key] = [this.#words, this.#key];
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
      for (let word = 0; word < wordsPerEntry; word += 1) this.#key[word] = old[slot + word] ?? 0;
      this.#words.set(this.#key, this.#find());
    }
  }
}

/** Codec and multihash as text, one character a byte. */
export function wholeKeyOf(cid: CID): string {
  return `${cid.code} ${String.fromCharCode(...cid.multihash.bytes)}`;
}

function isShort(cid: CID): boolean {
  const { code, digest } = cid.multihash;
  return code === multihash.identity || digest.length < digestBytesMin;
}

function isAt(words: Uint32Array, slot: number, key: Uint32Array): boolean {
  return (
    words[slot] === key[0] &&
    words[slot + 1] === key[1] &&
    words[slot + 2] === key[2] &&
    words[slot + 3] === key[3]
  );
}

function wordAt(bytes: Uint8Array, at: number): number {
  const [high, low] = [(bytes[at] ?? 0) << 24, (bytes[at + 1] ?? 0) << 16];
  return high | low | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}
