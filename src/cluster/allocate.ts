import { NotEnoughPeersError } from "./errors.ts";

export interface AllocationRequest {
  readonly min: number;
  readonly max: number;
  /** Peers that could take the pin. */
  readonly candidates: readonly string[];
  /** Puts some of them in order, the best first. */
  readonly rank: (peers: readonly string[]) => readonly string[];
  /** Who holds it now. */
  readonly current: readonly string[];
  /** Whom the user would like. */
  readonly preferred: readonly string[];
}

/**
 * Who is to hold a pin with a positive replication factor (cluster 6.4). Live allocations stay; preferred candidates come
 * next, then the others. An allocation that has enough live peers is left as it is.
 * @throws {NotEnoughPeersError}
 */
export function allocate(request: AllocationRequest): readonly string[] {
  const { min, max, candidates } = request;
  const live = request.current.filter((peer) => candidates.includes(peer));
  if (live.length > max) return live.slice(0, max);
  if (live.length >= min && live.length > 0) return request.current;
  const free = candidates.filter((peer) => !live.includes(peer));
  if (free.length < min - live.length) {
    throw new NotEnoughPeersError({
      min: min - live.length,
      max: max - live.length,
      candidates: free.length,
    });
  }
  const isPreferred = (peer: string): boolean => request.preferred.includes(peer);
  const others = free.filter((peer) => !isPreferred(peer));
  const ordered = [...request.rank(free.filter(isPreferred)), ...request.rank(others)];
  return [...live, ...ordered.slice(0, max - live.length)];
}
