import { createHash } from "node:crypto";

/** Bytes as a key of a map: one character a byte, which costs a byte of memory. */
export function toMapKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Where a key, or a peer by its multihash, is in the space of the DHT. */
export function kadId(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}

/** Below zero when `a` is nearer to the target than `b`. */
export function compareDistance(target: Uint8Array, a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < target.length; i += 1) {
    const bit = target[i] ?? 0;
    const difference = ((a[i] ?? 0) ^ bit) - ((b[i] ?? 0) ^ bit);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Bits that both begin with. */
export function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i += 1) {
    const difference = (a[i] ?? 0) ^ (b[i] ?? 0);
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return a.length * 8;
}

/** The `count` nearest to the target, nearest first. */
export function nearestTo<T extends { readonly kadId: Uint8Array }>(
  target: Uint8Array,
  candidates: Iterable<T>,
  count: number,
): T[] {
  const best: T[] = [];
  for (const candidate of candidates) {
    const last = best[count - 1];
    if (last !== undefined && compareDistance(target, last.kadId, candidate.kadId) <= 0) continue;
    let at = Math.min(best.length, count - 1);
    for (; at > 0; at -= 1) {
      const before = best[at - 1];
      if (before === undefined || compareDistance(target, before.kadId, candidate.kadId) <= 0)
        break;
      best[at] = before;
    }
    best[at] = candidate;
  }
  return best;
}
