import { DigestSet } from "#lib";

/** What one open writer keeps from collections. */
export interface Lease {
  /** Everything at or after this position of the log. */
  start: number;
  /** Blocks before it that the writer found already stored. Made when the first one is found. */
  hits: DigestSet | undefined;
}

/**
 * Which blocks collections must leave, in constant memory for each writer.
 *
 * A writer's own sections lie behind the end of the log as it was when the writer began, so one position keeps all of
 * them, however many. Sections that compaction moves go further back, never before it. Blocks that were already stored
 * are remembered one by one, up to a limit; a writer beyond it stores copies, which lie behind its position again. The
 * set can only answer "yes" wrongly, and then a block of garbage stays until the next collection.
 *
 * A collection keeps what lies behind the end of the log at its beginning (so it knows nothing of later writers), what
 * the writers that were open then keep (also when they are disposed before its sweep: their pins may have been written
 * behind the mark's back), and every block that any writer finds stored while it runs.
 */
export class Leases {
  readonly #hitsMax: number;
  readonly #open = new Set<Lease>();
  #collection: CollectionLease | undefined;

  constructor(hitsMax: number) {
    this.#hitsMax = hitsMax;
  }

  get isCollecting(): boolean {
    return this.#collection !== undefined;
  }

  begin(position: number): Lease {
    const lease: Lease = { start: position, hits: undefined };
    this.#open.add(lease);
    return lease;
  }

  end(lease: Lease): void {
    this.#open.delete(lease);
  }

  /** Keeps a block that is stored at the position. False: there is no room to remember it, so store it again. */
  keep(lease: Lease, multihash: Uint8Array, position: number): boolean {
    const collection = this.#collection;
    if (position < lease.start) {
      if ((lease.hits?.size ?? 0) >= this.#hitsMax) return false;
      if (collection !== undefined && collection.hits.size >= this.#hitsMax) return false;
      lease.hits ??= new DigestSet();
      lease.hits.add(multihash);
      collection?.hits.add(multihash);
    }
    return true;
  }

  beginCollection(position: number): CollectionLease {
    const starts = [...this.#open].map(({ start }) => start);
    this.#collection = {
      limit: Math.min(position, ...starts),
      hits: new DigestSet(),
      earlier: [...this.#open],
    };
    return this.#collection;
  }

  endCollection(): void {
    this.#collection = undefined;
  }

  /** The log was cut: new sections will lie at positions that were given out before. */
  cut(position: number): void {
    for (const lease of this.#open) lease.start = Math.min(lease.start, position);
    const collection = this.#collection;
    if (collection !== undefined) collection.limit = Math.min(collection.limit, position);
  }
}

export interface CollectionLease {
  /** Only what lies before may be removed. */
  limit: number;
  readonly hits: DigestSet;
  /** The writers that were open when it began. */
  readonly earlier: readonly Lease[];
}

export function isKept(
  collection: CollectionLease,
  multihash: Uint8Array,
  position: number,
): boolean {
  return (
    position >= collection.limit ||
    collection.hits.has(multihash) ||
    collection.earlier.some(({ hits }) => hits?.has(multihash) === true)
  );
}
