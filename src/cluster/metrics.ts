import type { Clock } from "#lib";
import type { Metric } from "#model";

import type { IpfsConnector } from "./ports.ts";

/** IPFS Cluster's default time to live. */
const timeToLiveMs = 30_000;

export const metricNames = ["freespace", "ping", "pinqueue", "tag:group"] as const;

export interface MetricDeps {
  readonly connector: IpfsConnector;
  readonly clock: Clock;
  readonly identity: { readonly id: string; readonly peername: string };
  readonly queueSize: () => number;
}

/** What this peer announces about itself, measured now; undefined for an unknown name. */
export async function measure(deps: MetricDeps, name: string): Promise<Metric | undefined> {
  const now = deps.clock.now();
  const metric = {
    name,
    peer: deps.identity.id,
    value: "",
    expire: now + timeToLiveMs,
    isValid: true,
    weight: 0,
    isPartitionable: false,
    receivedAt: now,
  };
  switch (name) {
    case "ping":
      return { ...metric, value: await pingValue(deps) };
    case "freespace": {
      const { storageMax, repoSize } = await deps.connector.repoStat();
      const weight = Math.max(0, storageMax - repoSize);
      return { ...metric, value: String(weight), weight };
    }
    case "pinqueue": {
      const queued = deps.queueSize();
      return { ...metric, value: String(queued), weight: queued === 0 ? 0 : -queued };
    }
    case "tag:group":
      return { ...metric, value: "default", isPartitionable: true };
    default:
      return undefined;
  }
}

async function pingValue(deps: MetricDeps): Promise<string> {
  const { connector } = deps;
  const id = await connector.id().then(
    (node) => node.id,
    () => connector.lastId?.() ?? "",
  );
  return JSON.stringify({ peer_name: deps.identity.peername, ipfs_id: id });
}
