/** Pieces at least this long are not copied. */
const passBytes = 64 * 1024;
const bufferBytes = 256 * 1024;
const nothing: readonly Uint8Array[] = [];

/** Makes few long pieces out of many short ones, in order. Long pieces pass as they are. */
export class PieceJoiner {
  #buffer = new Uint8Array();
  #used = 0;

  /** Takes a piece and gives what is ready to be sent, often nothing. */
  add(piece: Uint8Array): readonly Uint8Array[] {
    if (piece.length >= passBytes) return [...this.rest(), piece];
    let ready = nothing;
    if (piece.length > this.#buffer.length - this.#used) {
      ready = this.rest();
      this.#buffer = new Uint8Array(bufferBytes);
    }
    this.#buffer.set(piece, this.#used);
    this.#used += piece.length;
    return ready;
  }

  /** What is collected so far, if anything. */
  rest(): readonly Uint8Array[] {
    if (this.#used === 0) return nothing;
    const piece = this.#buffer.subarray(0, this.#used);
    this.#buffer = this.#buffer.subarray(this.#used);
    this.#used = 0;
    return [piece];
  }
}
