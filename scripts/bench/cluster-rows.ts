// One round of the rows about a cluster peer and a large pinset: fresh folders, content that nobody has.

import { mkdtemp, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import type { ClusterTarget } from "./cluster-targets.ts";
import { run } from "./inputs.ts";
import { writeCids, writeStateFile } from "./pin-inputs.ts";
import { answers, launch, type Launched, memoryMB, timed } from "./running.ts";

/** Row → unit, in the order of the table. */
export const clusterRowNames = {
  "POST /pins, 32 connections": "pins/s",
  "disk of a pin": "bytes",
  "list 20,000 /allocations": "lines/s",
  "list 20,000 /pins?local=true": "lines/s",
  "list 20,000 /pins": "lines/s",
  "state import, all pins": "s",
  "peak memory of the import": "MB",
  "restart with all pins to first answer": "ms",
  "GET /pins/{cid} then": "ms",
  "list all /allocations": "s",
  "list all /pins": "s",
  "peak memory with all pins": "MB",
} as const;

type Figures = Record<string, number>;

export interface ClusterInputs {
  readonly cids: string;
  /** 20,000 pins, and all of them. */
  readonly few: string;
  readonly all: string;
  readonly pins: number;
}

const fewPins = 20_000;
const listTurns = 10;
/** What a peer does by itself after its start should be over when short things are measured. */
const settleMs = 3000;
const postedMax = 400_000;

export async function makeClusterInputs(folder: string, pins: number): Promise<ClusterInputs> {
  const inputs = {
    cids: join(folder, "cids.txt"),
    few: join(folder, "few.json"),
    all: join(folder, "all.json"),
    pins,
  };
  await writeCids(inputs.cids, postedMax);
  await writeStateFile(inputs.few, fewPins);
  await writeStateFile(inputs.all, pins);
  return inputs;
}

export async function measureCluster(
  target: ClusterTarget,
  inputs: ClusterInputs,
  folder: string,
): Promise<Figures> {
  const parts = [measurePosts, measureLists, measureAll];
  const figures: Figures = {};
  for (const measure of parts) {
    const data = await mkdtemp(join(folder, `${target.name}-`));
    try {
      const url = await target.prepare(data);
      Object.assign(figures, await measure(target, { data, url, inputs }));
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  }
  return figures;
}

interface Round {
  readonly data: string;
  readonly url: string;
  readonly inputs: ClusterInputs;
}

async function measurePosts(target: ClusterTarget, round: Round): Promise<Figures> {
  if (Bun.which("wrk") === null) {
    console.error("no `wrk` on PATH: its rows are left out");
    return {};
  }
  const before = await diskBytes(round.data);
  const peer = await startPeer(target, round);
  try {
    const script = `${round.inputs.cids}.lua`;
    await Bun.write(script, postScript(round.inputs.cids));
    const text = await run(["wrk", "-t1", "-c32", "-d10s", "-s", script, round.url]);
    if (/Non-2xx/.test(text)) throw new Error(text);
    const posted = Number(/(\d+) requests in/.exec(text)?.[1]);
    const bytes = (await diskBytes(round.data)) - before;
    return {
      "POST /pins, 32 connections": Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
      "disk of a pin": bytes / posted,
    };
  } finally {
    await peer.stop();
  }
}

function postScript(cids: string): string {
  return `local cids = {}
for line in io.lines("${cids}") do cids[#cids + 1] = line end
local at = 0
request = function()
  at = at + 1
  return wrk.format("POST", "/pins/" .. cids[at])
end
`;
}

async function measureLists(target: ClusterTarget, round: Round): Promise<Figures> {
  await importState(target, round, round.inputs.few);
  const peer = await startPeer(target, round);
  await Bun.sleep(settleMs);
  try {
    const figures: Figures = {};
    for (const path of ["/allocations", "/pins?local=true", "/pins"]) {
      const times: number[] = [];
      for (let turn = 0; turn < listTurns; turn += 1) {
        times.push((await timed(() => list(round.url, path, fewPins)))[0]);
      }
      // the median of the later ones, when the program is warm
      const ms = times.slice(-5).toSorted((a, b) => a - b)[2] ?? Number.NaN;
      figures[`list 20,000 ${path}`] = (fewPins * 1000) / ms;
    }
    return figures;
  } finally {
    await peer.stop();
  }
}

async function measureAll(target: ClusterTarget, round: Round): Promise<Figures> {
  const { all, pins } = round.inputs;
  const imported = await importState(target, round, all);
  const peer = await startPeer(target, round);
  try {
    const cid = /"cid":"(\w+)"/.exec(await Bun.file(all).slice(0, 1000).text())?.[1] ?? "";
    const [oneMs] = await timed(() => run(["curl", "-q", "-s", `${round.url}/pins/${cid}`]));
    const [allocationsMs] = await timed(() => list(round.url, "/allocations", pins));
    const [pinsMs] = await timed(() => list(round.url, "/pins", pins));
    return {
      ...imported,
      "restart with all pins to first answer": peer.startMs,
      "GET /pins/{cid} then": oneMs,
      "list all /allocations": allocationsMs / 1000,
      "list all /pins": pinsMs / 1000,
      "peak memory with all pins": await memoryMB(peer.pid, "VmHWM"),
    };
  } finally {
    await peer.stop();
  }
}

async function importState(target: ClusterTarget, { data }: Round, file: string): Promise<Figures> {
  const argv = target.service(data, "state", "import", "--force", file);
  const began = performance.now();
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  if ((await child.exited) !== 0) throw new Error(`${argv.join(" ")} failed`);
  return {
    "state import, all pins": (performance.now() - began) / 1000,
    "peak memory of the import": (child.resourceUsage()?.maxRSS ?? 0) / 1e6,
  };
}

/** @throws when it did not have as many lines. */
async function list(url: string, path: string, lines: number): Promise<void> {
  const counted = await run(["sh", "-c", `curl -q -s '${url}${path}' | wc -l`]);
  if (Number(counted) !== lines) throw new Error(`${path} has ${counted.trim()} lines`);
}

async function startPeer(target: ClusterTarget, { data, url }: Round): Promise<Launched> {
  const node = await target.startNode?.(data);
  const isThere = (): Promise<boolean> => answers(`${url}/id`, "GET");
  const launched = await launch(target.daemon(data), { isThere });
  const stop = async (): Promise<void> => {
    await launched.stop();
    await node?.stop();
  };
  return { ...launched, stop };
}

async function diskBytes(folder: string): Promise<number> {
  let total = 0;
  for await (const name of new Bun.Glob("**/*").scan({ cwd: folder, dot: true })) {
    total += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0;
  }
  return total;
}
