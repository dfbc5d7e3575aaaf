import type { Network } from "#ipfs";
import { formatDuration } from "#lib";

import { bool, type KuboCommand } from "../command.ts";
import { requireNetwork } from "../network-access.ts";
import type { KuboOutput } from "../output.ts";
import type { KuboRequest } from "../request.ts";
import { humanNumber } from "./stats-text.ts";

export const provideStat: KuboCommand = {
  path: "provide/stat",
  options: [
    bool("lan"),
    bool("all", "a"),
    bool("compact"),
    bool("connectivity"),
    bool("network"),
    bool("schedule"),
    bool("timings"),
    bool("workers"),
    bool("operations"),
    bool("queues"),
  ],
  run: runStat,
};

type AnnouncerStat = ReturnType<Network["routing"]["announcer"]["stat"]>;

/** In Kubo's form for its sweeping provider; what the announcer does not count is zero. */
async function runStat(request: KuboRequest, output: KuboOutput): Promise<void> {
  const { host, routing } = await requireNetwork(request);
  const stat = routing.announcer.stat();
  const isOnline = host.connections().length > 0;
  await output.emit({ Sweep: sweepOf(stat, isOnline), Legacy: null, FullRT: false }, () =>
    textOf(stat, isOnline),
  );
}

function sweepOf(stat: AnnouncerStat, isOnline: boolean): object {
  const { queued, provided, failed, lastSweepMs, lastSweepAt, nextSweepAt, keysInLastSweep } = stat;
  return {
    closed: false,
    connectivity: { status: isOnline ? "online" : "offline", since: timeOf(undefined) },
    queues: {
      pending_key_provides: queued,
      pending_region_provides: 0,
      pending_region_reprovides: 0,
    },
    schedule: {
      keys: keysInLastSweep,
      regions: 0,
      avg_prefix_length: 0,
      next_reprovide_at: timeOf(nextSweepAt),
      next_reprovide_prefix: "",
    },
    workers: {
      max: 1,
      active: 0,
      active_periodic: 0,
      active_burst: 0,
      dedicated_periodic: 0,
      dedicated_burst: 0,
      queued_periodic: 0,
      queued_burst: 0,
      max_provide_conns_per_worker: 0,
    },
    timing: {
      uptime: 0,
      reprovides_interval: intervalOf(stat) * 1e6,
      cycle_start: timeOf(lastSweepAt),
      current_time_offset: 0,
      max_reprovide_delay: 0,
    },
    operations: {
      ongoing: { region_provides: 0, key_provides: 0, region_reprovides: 0, key_reprovides: 0 },
      past: {
        records_provided: provided,
        keys_provided: provided,
        keys_failed: failed,
        keys_provided_per_minute: 0,
        keys_reprovided_per_minute: 0,
        reprovide_duration: lastSweepMs * 1e6,
        avg_keys_per_reprovide: keysInLastSweep,
        regions_reprovided_last_cycle: 0,
      },
    },
    network: {
      peers: 0,
      reachable: 0,
      complete_keyspace_coverage: false,
      avg_region_size: 0,
      avg_holders: 0,
      replication_factor: 20,
    },
  };
}

function intervalOf({ lastSweepAt, nextSweepAt }: AnnouncerStat): number {
  return lastSweepAt === undefined || nextSweepAt === undefined ? 0 : nextSweepAt - lastSweepAt;
}

/** As Go writes a time.Time in JSON. */
function timeOf(at: number | undefined): string {
  return at === undefined ? "0001-01-01T00:00:00Z" : new Date(at).toISOString();
}

function textOf(stat: AnnouncerStat, isOnline: boolean): string {
  const rows: readonly (readonly [string, string])[] = [
    ...(isOnline ? [] : [["Status", "offline"] as const]),
    ["Provide queue", `${humanNumber(stat.queued)} CIDs`],
    ["CIDs in the last sweep", humanNumber(stat.keysInLastSweep)],
    ["Last sweep", sweepText(stat)],
    ["Next sweep", stat.nextSweepAt === undefined ? "N/A" : timeOf(stat.nextSweepAt)],
    ["Total CIDs provided", humanNumber(stat.provided)],
    ["Total provide errors", humanNumber(stat.failed)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return rows.map(([name, value]) => `${`${name}:`.padEnd(width)}${value}\n`).join("");
}

function sweepText({ lastSweepAt, lastSweepMs }: AnnouncerStat): string {
  return lastSweepAt === undefined
    ? "N/A"
    : `${timeOf(lastSweepAt)}, in ${formatDuration(lastSweepMs)}`;
}
