// A program under measurement, started and reached.

import { run } from "./inputs.ts";
import type { Target } from "./targets.ts";

export interface Launched {
  readonly pid: number;
  /** Until the first answer. */
  readonly startMs: number;
  stop(): Promise<void>;
}

export interface Running extends Launched {
  readonly rpc: string;
  readonly gateway: string;
}

export async function start(
  target: Target,
  folder: string,
  { isPrepared }: { readonly isPrepared: boolean } = { isPrepared: false },
): Promise<Running> {
  if (!isPrepared) await target.prepare(folder);
  const { rpc, gateway } = await target.urls(folder);
  const { argv, env } = target.command(folder);
  const isThere = (): Promise<boolean> => answers(`${rpc}/api/v0/id`, "POST");
  const launched = await launch(argv, { env, isThere });
  while (!(await isReady(gateway))) await Bun.sleep(10);
  await Bun.sleep(1000);
  return { ...launched, rpc, gateway };
}

/** Starts a program and waits until it is there. */
export async function launch(
  argv: string[],
  of: {
    readonly env?: Readonly<Record<string, string>>;
    readonly isThere: () => Promise<boolean>;
  },
): Promise<Launched> {
  await run(["sync"]);
  const began = performance.now();
  const child = Bun.spawn(argv, {
    env: { ...process.env, ...of.env },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  while (!(await of.isThere())) {
    if (child.exitCode !== null) throw new Error(`${argv.join(" ")} exited ${child.exitCode}`);
    await Bun.sleep(1);
  }
  const startMs = performance.now() - began;
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await child.exited;
  };
  return { pid: child.pid, startMs, stop };
}

/** Whether something answers well. */
export async function answers(url: string, method: "GET" | "POST"): Promise<boolean> {
  try {
    const response = await fetch(url, { method });
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
