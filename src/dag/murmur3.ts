/** The first 64 bits of a MurmurHash3 x64 128, as two unsigned words. */
export interface NameHash {
  readonly high: number;
  readonly low: number;
}

// 64-bit words are kept as pairs of 32-bit ones: BigInt would take ten times as long, and a large directory hashes every
// name in it.
class Word {
  high = 0;
  low = 0;

  set(high: number, low: number): this {
    this.high = high | 0;
    this.low = low | 0;
    return this;
  }

  xor(high: number, low: number): this {
    this.high ^= high;
    this.low ^= low;
    return this;
  }

  add(high: number, low: number): this {
    const sum = (this.low >>> 0) + (low >>> 0);
    this.low = sum | 0;
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
    return this;
  }

  multiply(high: number, low: number): this {
    const ownHigh = Math.imul(this.high, low) + Math.imul(this.low, high);
    this.high = (ownHigh + upperProduct(this.low, low)) | 0;
    this.low = Math.imul(this.low, low);
    return this;
  }

  rotateLeft(bits: number): this {
    const [high, low] = bits < 32 ? [this.high, this.low] : [this.low, this.high];
    const count = bits % 32;
    this.high = (high << count) | (low >>> (32 - count));
    this.low = (low << count) | (high >>> (32 - count));
    return this;
  }

  /** Its final mix. */
  mix(): this {
    this.low ^= this.high >>> 1;
    this.multiply(0xff51afd7, 0xed558ccd);
    this.low ^= this.high >>> 1;
    this.multiply(0xc4ceb9fe, 0x1a85ec53);
    this.low ^= this.high >>> 1;
    return this;
  }
}

/** Hashes a name's bytes as UnixFS HAMT shards do: MurmurHash3 x64 128 with seed 0, first half. */
export function murmur3(bytes: Uint8Array): NameHash {
  const [h1, h2, k1, k2] = [new Word(), new Word(), new Word(), new Word()];
  const tailAt = bytes.length - (bytes.length % 16);
  for (let at = 0; at < tailAt; at += 16) {
    h1.xor(...pair(scramble1(load(k1, bytes, at))));
    h1.rotateLeft(27).add(h2.high, h2.low).multiply(0, 5).add(0, 0x52dce729);
    h2.xor(...pair(scramble2(load(k2, bytes, at + 8))));
    h2.rotateLeft(31).add(h1.high, h1.low).multiply(0, 5).add(0, 0x38495ab5);
  }
  h1.xor(...pair(scramble1(load(k1, bytes, tailAt)))).xor(0, bytes.length);
  h2.xor(...pair(scramble2(load(k2, bytes, tailAt + 8)))).xor(0, bytes.length);
  h1.add(h2.high, h2.low);
  h2.add(h1.high, h1.low);
  h1.mix();
  h2.mix();
  h1.add(h2.high, h2.low);
  return { high: h1.high >>> 0, low: h1.low >>> 0 };
}

function scramble1(k: Word): Word {
  return k.multiply(0x87c37b91, 0x114253d5).rotateLeft(31).multiply(0x4cf5ad43, 0x2745937f);
}

function scramble2(k: Word): Word {
  return k.multiply(0x4cf5ad43, 0x2745937f).rotateLeft(33).multiply(0x87c37b91, 0x114253d5);
}

function pair(word: Word): readonly [high: number, low: number] {
  return [word.high, word.low];
}

/** Eight bytes, little-endian; what is beyond the end counts as zero. */
function load(word: Word, bytes: Uint8Array, at: number): Word {
  return word.set(load32(bytes, at + 4), load32(bytes, at));
}

function load32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return a | (b << 8) | (c << 16) | (d << 24);
}

/** The upper 32 bits of a product of two unsigned 32-bit words. */
function upperProduct(a: number, b: number): number {
  const [aHigh, aLow, bHigh, bLow] = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const other = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(other / 0x10000)) | 0;
}
