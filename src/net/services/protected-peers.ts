/** Peers that must stay connected, each for one reason or several. */
export class ProtectedPeers {
  readonly #reasons = new Map<string, Set<string>>();

  protect(peer: string, tag: string): void {
    const reasons = this.#reasons.get(peer) ?? new Set();
    this.#reasons.set(peer, reasons.add(tag));
  }

  unprotect(peer: string, tag: string): void {
    const reasons = this.#reasons.get(peer);
    reasons?.delete(tag);
    if (reasons?.size === 0) this.#reasons.delete(peer);
  }

  has(peer: string): boolean {
    return this.#reasons.has(peer);
  }

  get size(): number {
    return this.#reasons.size;
  }
}
