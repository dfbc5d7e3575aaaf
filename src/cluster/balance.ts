import type { Metric } from "#model";

/** Peers that are alike in a metric, and how those among them are to be taken in turn. */
interface Partition {
  readonly value: string;
  weight: number;
  readonly metrics: Metric[];
}

interface Ranked {
  readonly value: string;
  readonly weight: number;
  readonly totalWeight: number;
  readonly peers: readonly string[];
}

/**
 * Peers in the order in which they should be allocated to (cluster 6.4): those of each value of the first metric take turns,
 * the greatest weight first, and among them those of the second metric, and so on. `sets`: for each metric the values of
 * all peers; a peer that lacks one is left out. `among`: who takes part at all, where not everybody does.
 */
export function balance(
  sets: readonly (readonly Metric[])[],
  among?: readonly string[],
): readonly string[] {
  const [first = [], ...others] = sets;
  const peers = first
    .map(({ peer }) => peer)
    .filter((peer) => among?.includes(peer) !== false)
    .filter((peer) => others.every((set) => set.some((metric) => metric.peer === peer)));
  return takeTurns(rank(sets, new Set(peers)).map((ranked) => ranked.peers));
}

function rank(sets: readonly (readonly Metric[])[], peers: ReadonlySet<string>): readonly Ranked[] {
  const [first = [], ...others] = sets;
  const partitions = partitionsOf(first.filter(({ peer }) => peers.has(peer)));
  const ranked = partitions.map(({ value, weight, metrics }): Ranked => {
    const members = metrics.map(({ peer }) => peer);
    if (others.length === 0) return { value, weight, totalWeight: weight, peers: members };
    const below = rank(others, new Set(members));
    const totalWeight = below.reduce((sum, each) => sum + each.totalWeight, weight);
    return { value, weight, totalWeight, peers: takeTurns(below.map((each) => each.peers)) };
  });
  return ranked.toSorted(
    (a, b) =>
      b.weight - a.weight ||
      b.totalWeight - a.totalWeight ||
      Buffer.compare(Buffer.from(a.value), Buffer.from(b.value)),
  );
}

/** By value, when the metric says so; else each peer is its own. */
function partitionsOf(metrics: readonly Metric[]): readonly Partition[] {
  const byValue = new Map<string, Partition>();
  const partitions: Partition[] = [];
  for (const metric of metrics) {
    const { value, weight, isPartitionable } = metric;
    const known = isPartitionable ? byValue.get(value) : undefined;
    if (known !== undefined) {
      known.weight += weight;
      known.metrics.push(metric);
      continue;
    }
    const partition = { value, weight, metrics: [metric] };
    partitions.push(partition);
    if (isPartitionable) byValue.set(value, partition);
  }
  return partitions;
}

/** The first of each list, then the second of each, and so on. */
function takeTurns(lists: readonly (readonly string[])[]): readonly string[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  const taken: string[] = [];
  for (let turn = 0; turn < longest; turn += 1) {
    for (const list of lists) {
      const peer = list[turn];
      if (peer !== undefined) taken.push(peer);
    }
  }
  return taken;
}
