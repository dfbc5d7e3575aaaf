import { hsalsa } from "@noble/ciphers/salsa.js";

const blockBytes = 64;
const blockWords = 16;
/** "expand 32-byte k" as words, little-endian. */
const sigma = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);

/**
 * One direction of an XSalsa20 stream: each byte is xored with the next byte of the key stream, whatever the pieces.
 * The counter has 64 bits; libraries' ends after 256 GiB.
 */
export class Salsa20Stream {
  readonly #state: Int32Array;
  /** Bytes so far; exact up to 2^53. */
  #position: number;

  /** @param nonce 24 bytes */
  constructor(key: Uint8Array, nonce: Uint8Array, position = 0) {
    this.#position = position;
    const subkey = new Uint32Array(8);
    hsalsa(sigma, words(key), words(nonce.subarray(0, 16)), subkey);
    const [n0 = 0, n1 = 0] = words(nonce.subarray(16));
    const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = sigma;
    const [k0 = 0, k1 = 0, k2 = 0, k3 = 0, k4 = 0, k5 = 0, k6 = 0, k7 = 0] = subkey;
    // the counter takes words 8 and 9
    this.#state = Int32Array.of(s0, k0, k1, k2, k3, s1, n0, n1, 0, 0, s2, k4, k5, k6, k7, s3);
  }

  /** The pieces as one, xored; they stay as they are. */
  apply(pieces: Iterable<Uint8Array>, sizeBytes: number): Uint8Array {
    // the first byte lies where it lies in its block, so that whole blocks of words can be xored
    const start = this.#position % blockBytes;
    const blocks = Math.ceil((start + sizeBytes) / blockBytes);
    const area = new Uint8Array(Buffer.allocUnsafeSlow(blocks * blockBytes).buffer);
    let at = start;
    for (const piece of pieces) {
      area.set(piece, at);
      at += piece.length;
    }
    const block = Math.floor(this.#position / blockBytes);
    this.#state[8] = block % 2 ** 32;
    this.#state[9] = Math.floor(block / 2 ** 32);
    xorBlocks(this.#state, new Int32Array(area.buffer));
    this.#position += sizeBytes;
    return area.subarray(start, at);
  }
}

/** Xors whole blocks with the key stream and counts on. The words stay in local variables: twice as fast as in an array. */
// oxlint-disable-next-line max-lines-per-function -- one round is sixteen words, in one piece for the compiler
function xorBlocks(state: Int32Array, area: Int32Array): void {
  const s0 = state[0] ?? 0;
  const s1 = state[1] ?? 0;
  const s2 = state[2] ?? 0;
  const s3 = state[3] ?? 0;
  const s4 = state[4] ?? 0;
  const s5 = state[5] ?? 0;
  const s6 = state[6] ?? 0;
  const s7 = state[7] ?? 0;
  let s8 = state[8] ?? 0;
  let s9 = state[9] ?? 0;
  const s10 = state[10] ?? 0;
  const s11 = state[11] ?? 0;
  const s12 = state[12] ?? 0;
  const s13 = state[13] ?? 0;
  const s14 = state[14] ?? 0;
  const s15 = state[15] ?? 0;
  for (let at = 0; at < area.length; at += blockWords) {
    let x0 = s0;
    let x1 = s1;
    let x2 = s2;
    let x3 = s3;
    let x4 = s4;
    let x5 = s5;
    let x6 = s6;
    let x7 = s7;
    let x8 = s8;
    let x9 = s9;
    let x10 = s10;
    let x11 = s11;
    let x12 = s12;
    let x13 = s13;
    let x14 = s14;
    let x15 = s15;
    for (let round = 0; round < 20; round += 2) {
      x4 ^= rotate((x0 + x12) | 0, 7);
      x8 ^= rotate((x4 + x0) | 0, 9);
      x12 ^= rotate((x8 + x4) | 0, 13);
      x0 ^= rotate((x12 + x8) | 0, 18);
      x9 ^= rotate((x5 + x1) | 0, 7);
      x13 ^= rotate((x9 + x5) | 0, 9);
      x1 ^= rotate((x13 + x9) | 0, 13);
      x5 ^= rotate((x1 + x13) | 0, 18);
      x14 ^= rotate((x10 + x6) | 0, 7);
      x2 ^= rotate((x14 + x10) | 0, 9);
      x6 ^= rotate((x2 + x14) | 0, 13);
      x10 ^= rotate((x6 + x2) | 0, 18);
      x3 ^= rotate((x15 + x11) | 0, 7);
      x7 ^= rotate((x3 + x15) | 0, 9);
      x11 ^= rotate((x7 + x3) | 0, 13);
      x15 ^= rotate((x11 + x7) | 0, 18);
      x1 ^= rotate((x0 + x3) | 0, 7);
      x2 ^= rotate((x1 + x0) | 0, 9);
      x3 ^= rotate((x2 + x1) | 0, 13);
      x0 ^= rotate((x3 + x2) | 0, 18);
      x6 ^= rotate((x5 + x4) | 0, 7);
      x7 ^= rotate((x6 + x5) | 0, 9);
      x4 ^= rotate((x7 + x6) | 0, 13);
      x5 ^= rotate((x4 + x7) | 0, 18);
      x11 ^= rotate((x10 + x9) | 0, 7);
      x8 ^= rotate((x11 + x10) | 0, 9);
      x9 ^= rotate((x8 + x11) | 0, 13);
      x10 ^= rotate((x9 + x8) | 0, 18);
      x12 ^= rotate((x15 + x14) | 0, 7);
      x13 ^= rotate((x12 + x15) | 0, 9);
      x14 ^= rotate((x13 + x12) | 0, 13);
      x15 ^= rotate((x14 + x13) | 0, 18);
    }
    area[at] = (area[at] ?? 0) ^ (x0 + s0);
    area[at + 1] = (area[at + 1] ?? 0) ^ (x1 + s1);
    area[at + 2] = (area[at + 2] ?? 0) ^ (x2 + s2);
    area[at + 3] = (area[at + 3] ?? 0) ^ (x3 + s3);
    area[at + 4] = (area[at + 4] ?? 0) ^ (x4 + s4);
    area[at + 5] = (area[at + 5] ?? 0) ^ (x5 + s5);
    area[at + 6] = (area[at + 6] ?? 0) ^ (x6 + s6);
    area[at + 7] = (area[at + 7] ?? 0) ^ (x7 + s7);
    area[at + 8] = (area[at + 8] ?? 0) ^ (x8 + s8);
    area[at + 9] = (area[at + 9] ?? 0) ^ (x9 + s9);
    area[at + 10] = (area[at + 10] ?? 0) ^ (x10 + s10);
    area[at + 11] = (area[at + 11] ?? 0) ^ (x11 + s11);
    area[at + 12] = (area[at + 12] ?? 0) ^ (x12 + s12);
    area[at + 13] = (area[at + 13] ?? 0) ^ (x13 + s13);
    area[at + 14] = (area[at + 14] ?? 0) ^ (x14 + s14);
    area[at + 15] = (area[at + 15] ?? 0) ^ (x15 + s15);
    s8 = (s8 + 1) | 0;
    if (s8 === 0) s9 += 1;
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** Little-endian, as all machines that Bun runs on. */
function words(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}
