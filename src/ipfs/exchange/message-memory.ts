import { freeMemory } from "#lib";

const kib = 1024;

/** The smallest memory. Others are twice, three times, four, six, eight … as much: few sizes, so that what is free fits. */
const unitBytes = 64 * kib;
/** Kept for the next messages; what is on its way in a fast fetch, about. */
const freeBytesMax = 8 * 1024 * kib;

/**
 * Memory for messages that are being read. It goes round: fresh memory for each would cost a page fault for every 4 KiB,
 * and leave the old to the garbage collector. When much is out, whoever holds more than his share gets no more.
 */
export class MessageMemory {
  readonly #bytesMax: number;
  readonly #free = new Map<number, Uint8Array[]>();
  #freeBytes = 0;
  /** By peer. */
  readonly #out = new Map<string, number>();
  #outBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes that are out. */
  get outBytes(): number {
    return this.#outBytes;
  }

  /** At least so many bytes, with anything in them; undefined when the peer holds too much already. */
  take(peer: string, sizeBytes: number): Uint8Array | undefined {
    const roomBytes = roomOf(sizeBytes);
    const held = this.#out.get(peer) ?? 0;
    const isMuch = this.#outBytes + roomBytes > this.#bytesMax;
    if (isMuch && held + roomBytes > this.#bytesMax / (this.#out.size + 1)) return undefined;
    this.#out.set(peer, held + roomBytes);
    this.#outBytes += roomBytes;
    const free = this.#free.get(roomBytes)?.pop();
    if (free === undefined) return new Uint8Array(Buffer.allocUnsafeSlow(roomBytes).buffer);
    this.#freeBytes -= roomBytes;
    return free;
  }

  /** Nobody looks at it any more. */
  give(peer: string, bytes: Uint8Array): void {
    const { length } = bytes;
    const held = (this.#out.get(peer) ?? 0) - length;
    if (held > 0) this.#out.set(peer, held);
    else this.#out.delete(peer);
    this.#outBytes -= length;
    if (this.#freeBytes + length > Math.min(freeBytesMax, this.#bytesMax / 4)) {
      freeMemory(bytes);
      return;
    }
    this.#freeBytes += length;
    const free = this.#free.get(length);
    if (free === undefined) this.#free.set(length, [bytes]);
    else free.push(bytes);
  }
}

function roomOf(sizeBytes: number): number {
  let roomBytes = unitBytes;
  while (roomBytes < sizeBytes) roomBytes *= 2;
  return sizeBytes <= 0.75 * roomBytes ? Math.max(0.75 * roomBytes, unitBytes) : roomBytes;
}
