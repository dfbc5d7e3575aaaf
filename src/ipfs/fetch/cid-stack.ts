import { type CID, decodeCid } from "#model";

const lengthBytes = 4;

/**
 * A stack of CIDs as bytes, 40 for each: the links that a walk has yet to follow are many, and as objects they would
 * weigh ten times as much.
 */
export class CidStack {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(cid: CID): void {
    const { bytes } = cid;
    const after = this.#end + bytes.length + lengthBytes;
    if (after > this.#bytes.length) this.#resize(2 * after);
    this.#bytes.set(bytes, this.#end);
    this.#view.setUint32(after - lengthBytes, bytes.length);
    this.#end = after;
    this.#size += 1;
  }

  /** What was pushed last; undefined when nothing is left. */
  pop(): CID | undefined {
    if (this.#size === 0) return undefined;
    const at = this.#end - lengthBytes;
    const start = at - this.#view.getUint32(at);
    // a copy: decoded CIDs are views, and this memory is used again
    const cid = decodeCid(this.#bytes.slice(start, at));
    this.#end = start;
    this.#size -= 1;
    return cid;
  }

  #resize(sizeBytes: number): void {
    const before = this.#bytes;
    this.#bytes = new Uint8Array(sizeBytes);
    this.#bytes.set(before.subarray(0, this.#end));
    this.#view = new DataView(this.#bytes.buffer);
  }
}
