// bun run soak [--minutes 30] [--connections 200]: the executable among peers that come and go, while content is added,
// unpinned and collected. Prints what it uses every 15 s, and exits 1 when memory, handles or streams keep growing.

import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { z } from "zod";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    connections: { type: "string", default: "200" },
  },
});
const executable = resolve(process.env["PINFOLD_EXECUTABLE"] ?? "dist/pinfold");
const lengthMs = Number(values.minutes) * 60_000;
const sampleMs = 15_000;

const peerList = z.object({
  Peers: z.array(z.object({ Streams: z.array(z.unknown()).nullish() })).nullable(),
});

interface Sample {
  readonly minute: number;
  readonly residentMB: number;
  readonly handles: number;
  readonly connections: number;
  readonly streams: number;
}

const folder = await mkdtemp(join(tmpdir(), "pinfold-soak-"));
let isPassed = false;
try {
  isPassed = await soak();
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(isPassed ? 0 : 1);

async function soak(): Promise<boolean> {
  const daemon = await startDaemon();
  const addresses = await Bun.file(join(folder, "run", "addresses.json")).json();
  const rpc: string = addresses.rpc;
  const cids = await addContent(rpc);
  const visitors = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dir, "soak", "visitors.ts"),
      addresses.swarm[0],
      values.connections,
      ...cids,
    ],
    { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  const counted = lastLine(visitors.stdout);
  const began = performance.now();
  const samples: Sample[] = [];
  while (performance.now() - began < lengthMs) {
    await workMeanwhile(rpc);
    samples.push(await take(daemon.pid, rpc, began));
    print(samples.at(-1));
  }
  await visitors.stdin.end();
  await visitors.exited;
  console.log(`visits: ${await counted}`);
  await Bun.sleep(90_000);
  const last = await take(daemon.pid, rpc, began);
  console.log("after everybody has gone:");
  print(last);
  daemon.kill("SIGTERM");
  const code = await daemon.exited;
  return judge(samples, last) && code === 0;
}

async function startDaemon(): Promise<Bun.Subprocess<"ignore", "pipe", "inherit">> {
  const init = Bun.spawn([executable, "init", "--data", folder, "--profile", "test"]);
  await init.exited;
  const path = join(folder, "service.json");
  const config = await Bun.file(path).json();
  config.ipfs.connection_manager = { high_water: 400, low_water: 300 };
  await Bun.write(path, JSON.stringify(config));
  const daemon = Bun.spawn([executable, "daemon", "--data", folder], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  for await (const chunk of daemon.stdout) {
    if (Buffer.from(chunk).toString().includes("ready")) break;
  }
  return daemon;
}

async function addContent(rpc: string): Promise<string[]> {
  const root = await add(rpc, crypto.getRandomValues(new Uint8Array(65_536 * 256)), true);
  const refs = await (await post(rpc, `refs?recursive=true&arg=${root}`)).text();
  return refs
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).Ref);
}

/** What an owner does: an add that is unpinned again, a read, a collection. */
async function workMeanwhile(rpc: string): Promise<void> {
  const until = performance.now() + sampleMs;
  const cid = await add(rpc, crypto.getRandomValues(new Uint8Array(65_536)), true);
  await (await post(rpc, `cat?arg=${cid}`)).arrayBuffer();
  await (await post(rpc, `pin/rm?arg=${cid}`)).text();
  await (await post(rpc, "repo/gc")).text();
  await Bun.sleep(Math.max(0, until - performance.now()));
}

async function add(rpc: string, bytes: Uint8Array, isPinned: boolean): Promise<string> {
  const form = new FormData();
  form.append("file", new Blob([bytes.slice().buffer]));
  const query = `add?chunker=size-65536&raw-leaves=true&pin=${isPinned}`;
  const response = await fetch(`${rpc}/api/v0/${query}`, { method: "POST", body: form });
  const answer: unknown = await response.json();
  return z.object({ Hash: z.string() }).parse(answer).Hash;
}

async function post(rpc: string, command: string): Promise<Response> {
  return fetch(`${rpc}/api/v0/${command}`, { method: "POST" });
}

async function take(pid: number, rpc: string, began: number): Promise<Sample> {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const answer: unknown = await (await post(rpc, "swarm/peers?streams=true")).json();
  const peers = peerList.parse(answer).Peers ?? [];
  return {
    minute: (performance.now() - began) / 60_000,
    residentMB: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000,
    handles: readdirSync(`/proc/${pid}/fd`).length,
    connections: peers.length,
    streams: peers.reduce((sum, { Streams }) => sum + (Streams?.length ?? 0), 0),
  };
}

function print(sample: Sample | undefined): void {
  if (sample === undefined) return;
  const { minute, residentMB, handles, connections, streams } = sample;
  console.log(
    `${minute.toFixed(1).padStart(5)} min  ${residentMB.toFixed(0).padStart(4)} MB  ` +
      `${handles} handles  ${connections} connections  ${streams} streams`,
  );
}

/** The second half may use a tenth more than the quarter before it; nothing of the visitors may be left. */
function judge(samples: readonly Sample[], last: Sample): boolean {
  const quarter = Math.floor(samples.length / 4);
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(2 * quarter);
  let isFlat = last.connections === 0 && last.streams === 0;
  if (!isFlat) console.log("connections or streams are left");
  for (const figure of ["residentMB", "handles", "streams"] as const) {
    const [before, after] = [early, late].map((list) => median(list.map((one) => one[figure])));
    const isMore = (after ?? 0) > (before ?? 0) * 1.1 + 5;
    console.log(
      `${figure}: ${before?.toFixed(0)} → ${after?.toFixed(0)}${isMore ? ", grows" : ""}`,
    );
    isFlat &&= !isMore;
  }
  return isFlat;
}

function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
}

async function lastLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let last = "";
  for await (const chunk of stream) last = Buffer.from(chunk).toString().trim();
  return last;
}
