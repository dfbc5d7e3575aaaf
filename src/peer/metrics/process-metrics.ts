import { readdir, readFile } from "node:fs/promises";

import type { MetricFamily, MetricRegistry } from "#lib";

/** The process's own metrics under the names that Prometheus' client libraries use. What /proc tells is there on Linux only. */
export function addProcessMetrics(registry: MetricRegistry, startedAt: number): void {
  registry.add(
    {
      name: "process_resident_memory_bytes",
      help: "Resident memory size in bytes.",
      type: "gauge",
      read: () => process.memoryUsage.rss(),
    },
    {
      name: "process_cpu_seconds_total",
      help: "Total user and system CPU time spent in seconds.",
      type: "counter",
      read: cpuSeconds,
    },
    {
      name: "process_start_time_seconds",
      help: "Start time of the process since unix epoch in seconds.",
      type: "gauge",
      read: () => startedAt / 1000,
    },
  );
  if (process.platform === "linux") registry.add(...linuxMetrics);
}

const linuxMetrics: readonly MetricFamily[] = [
  {
    name: "process_open_fds",
    help: "Number of open file descriptors.",
    type: "gauge",
    read: async () => (await readdir("/proc/self/fd")).length,
  },
  {
    name: "process_max_fds",
    help: "Maximum number of open file descriptors.",
    type: "gauge",
    read: () => limit("open files"),
  },
  {
    name: "process_virtual_memory_bytes",
    help: "Virtual memory size in bytes.",
    type: "gauge",
    read: virtualBytes,
  },
  {
    name: "process_virtual_memory_max_bytes",
    help: "Maximum amount of virtual memory available in bytes.",
    type: "gauge",
    read: () => limit("address space"),
  },
];

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** The soft limit; Go tells 2⁶⁴-1 where there is none. */
async function limit(name: string): Promise<number | undefined> {
  const limits = await readFile("/proc/self/limits", "utf8");
  const value = new RegExp(`^Max ${name}\\s+(\\S+)`, "m").exec(limits)?.[1];
  if (value === "unlimited") return 2 ** 64;
  return value === undefined ? undefined : Number(value);
}

async function virtualBytes(): Promise<number | undefined> {
  const status = await readFile("/proc/self/status", "utf8");
  const kibibytes = /^VmSize:\s+(\d+) kB/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
