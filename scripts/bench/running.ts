// A program under measurement, started and reached.

import { run } from "./inputs.ts";
import type { Target } from "./targets.ts";

export interface Running {
  readonly pid: number;
  readonly rpc: string;
  readonly gateway: string;
  readonly startMs: number;
  stop(): Promise<void>;
}

export async function start(
  target: Target,
  folder: string,
  { isPrepared }: { readonly isPrepared: boolean } = { isPrepared: false },
): Promise<Running> {
  if (!isPrepared) await target.prepare(folder);
  await run(["sync"]);
  const { rpc, gateway } = await target.urls(folder);
  const { argv, env } = target.command(folder);
  const began = performance.now();
  const child = Bun.spawn(argv, {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  while (!(await answers(rpc))) {
    if (child.exitCode !== null) throw new Error(`${argv.join(" ")} exited ${child.exitCode}`);
    await Bun.sleep(1);
  }
  const startMs = performance.now() - began;
  while (!(await isReady(gateway))) await Bun.sleep(10);
  await Bun.sleep(1000);
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await child.exited;
  };
  return { pid: child.pid, rpc, gateway, startMs, stop };
}

async function answers(rpc: string): Promise<boolean> {
  try {
    const response = await fetch(`${rpc}/api/v0/id`, { method: "POST" });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function isReady(gateway: string): Promise<boolean> {
  try {
    await (await fetch(`${gateway}/ipfs/bafkqaaa`)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

export async function timed<T>(work: () => Promise<T>): Promise<readonly [ms: number, result: T]> {
  const began = performance.now();
  const result = await work();
  return [performance.now() - began, result];
}

export function curl(args: string[]): Promise<string> {
  return run(["curl", "-q", "-s", "-H", "Expect:", ...args]);
}

export async function memoryMB(pid: number, field: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1000;
}

export function lastHash(lines: string): string {
  return JSON.parse(lines.trimEnd().split("\n").at(-1) ?? "").Hash;
}
