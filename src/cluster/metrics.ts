import type { Clock } from "#lib";
import type { Metric } from "#model";

import type { IpfsConnector } from "./ports.ts";

/** Which metrics a peer tells, and for how long each counts; sections and defaults as in IPFS Cluster's `service.json`. */
export interface MonitorConfig {
  readonly checkIntervalMs: number;
  readonly pingTtlMs: number;
  readonly disk: { readonly ttlMs: number; readonly type: "freespace" | "reposize" } | undefined;
  readonly pinqueue: { readonly ttlMs: number; readonly weightBucketSize: number } | undefined;
  readonly tags:
    { readonly ttlMs: number; readonly tags: Readonly<Record<string, string>> } | undefined;
}

const ttlMs = 30_000;

export const defaultMonitorConfig: MonitorConfig = {
  checkIntervalMs: 15_000,
  pingTtlMs: ttlMs,
  disk: { ttlMs, type: "freespace" },
  pinqueue: { ttlMs, weightBucketSize: 100_000 },
  tags: { ttlMs, tags: { group: "default" } },
};

export interface MetricDeps {
  readonly connector: Pick<IpfsConnector, "id" | "lastId">;
  readonly repoStat: IpfsConnector["repoStat"];
  readonly clock: Clock;
  readonly identity: { readonly id: string; readonly peername: string };
  readonly queueSize: () => number;
}

/** In the order of the names. */
export function metricNamesOf({ disk, pinqueue, tags }: MonitorConfig): readonly string[] {
  const names = ["ping", ...(disk === undefined ? [] : [disk.type])];
  if (pinqueue !== undefined) names.push("pinqueue");
  for (const tag of Object.keys(tags?.tags ?? {})) names.push(`${tagPrefix}${tag}`);
  return names.toSorted();
}

const tagPrefix = "tag:";

type Measured = Pick<Metric, "value"> & Partial<Metric>;

/** What this peer announces about itself, measured now; undefined for an unknown name, and for a disk that is full. */
export async function measure(
  deps: MetricDeps,
  config: MonitorConfig,
  name: string,
): Promise<Metric | undefined> {
  const { disk, pinqueue, tags } = config;
  if (name === "ping")
    return metric(deps, name, { ttlMs: config.pingTtlMs, value: await pingValue(deps) });
  if (disk !== undefined && name === disk.type) {
    const measured = await measureDisk(deps, disk.type);
    return measured && metric(deps, name, { ...measured, ttlMs: disk.ttlMs });
  }
  if (pinqueue !== undefined && name === "pinqueue") {
    return metric(deps, name, { ...measureQueue(deps, pinqueue), ttlMs: pinqueue.ttlMs });
  }
  const value = name.startsWith(tagPrefix) ? tags?.tags[name.slice(tagPrefix.length)] : undefined;
  if (tags === undefined || value === undefined) return undefined;
  return metric(deps, name, { value, isPartitionable: true, ttlMs: tags.ttlMs });
}

function metric(
  { clock, identity }: MetricDeps,
  name: string,
  { ttlMs: timeToLiveMs, ...measured }: Measured & { readonly ttlMs: number },
): Metric {
  const now = clock.now();
  return {
    name,
    peer: identity.id,
    expire: now + timeToLiveMs,
    isValid: true,
    weight: 0,
    isPartitionable: false,
    receivedAt: now,
    ...measured,
  };
}

async function measureDisk(
  { repoStat }: MetricDeps,
  type: "freespace" | "reposize",
): Promise<Measured | undefined> {
  const { storageMax, repoSize } = await repoStat();
  if (type === "reposize")
    return { value: String(repoSize), weight: repoSize === 0 ? 0 : -repoSize };
  const free = storageMax - repoSize;
  return free > 0 ? { value: String(free), weight: free } : undefined;
}

/** Short queues are the better ones; those of about the same length are alike. */
function measureQueue(
  { queueSize }: MetricDeps,
  { weightBucketSize }: { readonly weightBucketSize: number },
): Measured {
  const queued = queueSize();
  const steps = weightBucketSize > 0 ? Math.floor(queued / weightBucketSize) : queued;
  return { value: String(queued), weight: steps === 0 ? 0 : -steps };
}

async function pingValue(deps: MetricDeps): Promise<string> {
  const { connector } = deps;
  const id = await connector.id().then(
    (node) => node.id,
    () => connector.lastId?.() ?? "",
  );
  return JSON.stringify({ peer_name: deps.identity.peername, ipfs_id: id });
}
