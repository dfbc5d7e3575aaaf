// One round: every row of the table for one target, on fresh folders.

import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

import { exchangeRows, measureExchange } from "./exchange-rows.ts";
import { type Inputs, run } from "./inputs.ts";
import { curl, lastHash, memoryMB, type Running, start, timed } from "./running.ts";
import type { Target } from "./targets.ts";

/** Row → unit, in the order of the table. */
export const rowNames = {
  "start to first answer": "ms",
  "resident at start": "MB",
  "add 512 MiB": "MB/s",
  "add 4 KiB files": "files/s",
  "GET 512 MiB": "MB/s",
  "GET 4 KiB, 16 connections": "req/s",
  "1 MiB ranges, 1 connection": "req/s",
  "1 MiB ranges, 8 connections": "req/s",
  "CAR export": "MB/s",
  "peak memory": "MB",
  "CAR import": "MB/s",
  ...exchangeRows,
} as const;

export type RoundFigures = Record<string, number>;

export async function measureRound(
  target: Target,
  inputs: Inputs,
  folder: string,
): Promise<RoundFigures> {
  const first = await mkdtemp(join(folder, `${target.name}-`));
  const second = await mkdtemp(join(folder, `${target.name}-`));
  const car = join(folder, "bench.car");
  try {
    const main = await measureMain(target, { inputs, data: first, car });
    await rm(first, { recursive: true, force: true });
    const carImport = await measureCarImport(target, { inputs, data: second, car });
    return { ...main, ...carImport, ...(await measureExchange(target, inputs, folder)) };
  } finally {
    for (const path of [first, second, car]) await rm(path, { recursive: true, force: true });
  }
}

async function measureMain(
  target: Target,
  round: { readonly inputs: Inputs; readonly data: string; readonly car: string },
): Promise<RoundFigures> {
  const { inputs, car } = round;
  const peer = await start(target, round.data);
  try {
    const residentMB = await memoryMB(peer.pid, "VmRSS");
    const [addMs, added] = await timed(() =>
      curl(["-F", `file=@${inputs.bigPath}`, `${peer.rpc}/api/v0/add`]),
    );
    const bigCid = lastHash(added);
    const [smallMs, addedSmall] = await timed(() => addSmall(peer, inputs));
    const bigUrl = `${peer.gateway}/ipfs/${bigCid}`;
    const smallUrl = `${peer.gateway}/ipfs/${firstHash(addedSmall)}`;
    const [getMs] = await timed(() => curl(["-o", "/dev/null", "--fail", bigUrl]));
    const small = await wrk(["-t1", "-c16", "-d4s", smallUrl]);
    const ranges1 = await ranges(1, bigUrl, inputs);
    const ranges8 = await ranges(8, bigUrl, inputs);
    const exportUrl = `${peer.rpc}/api/v0/dag/export?progress=false&arg=${bigCid}`;
    const saveTo = (path: string) => curl(["-X", "POST", "--fail", "-o", path, exportUrl]);
    const [exportMs] = await timed(() => saveTo("/dev/null"));
    await saveTo(car);
    return {
      "start to first answer": peer.startMs,
      "resident at start": residentMB,
      "add 512 MiB": inputs.bigBytes / 1e3 / addMs,
      "add 4 KiB files": (inputs.smallCount * 1e3) / smallMs,
      "GET 512 MiB": inputs.bigBytes / 1e3 / getMs,
      ...(small === undefined ? {} : { "GET 4 KiB, 16 connections": small }),
      ...(ranges1 === undefined ? {} : { "1 MiB ranges, 1 connection": ranges1 }),
      ...(ranges8 === undefined ? {} : { "1 MiB ranges, 8 connections": ranges8 }),
      "CAR export": inputs.bigBytes / 1e3 / exportMs,
      "peak memory": await memoryMB(peer.pid, "VmHWM"),
    };
  } finally {
    await peer.stop();
  }
}

async function measureCarImport(
  target: Target,
  round: { readonly inputs: Inputs; readonly data: string; readonly car: string },
): Promise<RoundFigures> {
  const peer = await start(target, round.data);
  try {
    const url = `${peer.rpc}/api/v0/dag/import?stats=true`;
    const [ms, answer] = await timed(() => curl(["-F", `file=@${round.car}`, url]));
    if (!answer.includes("BlockCount")) throw new Error(`dag/import answered ${answer}`);
    return { "CAR import": round.inputs.bigBytes / 1e3 / ms };
  } finally {
    await peer.stop();
  }
}

function addSmall(peer: Running, inputs: Inputs): Promise<string> {
  const type = `Content-Type: multipart/form-data; boundary=${inputs.boundary}`;
  return curl(["-H", type, "-X", "POST", "-T", inputs.smallPath, `${peer.rpc}/api/v0/add`]);
}

/** Requests a second; undefined without wrk. */
async function wrk(args: string[]): Promise<number | undefined> {
  if (Bun.which("wrk") === null) {
    console.error("no `wrk` on PATH: its rows are left out");
    return undefined;
  }
  const text = await run(["wrk", ...args]);
  if (/Non-2xx/.test(text)) throw new Error(`wrk ${args.join(" ")}: ${text}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
}

async function ranges(
  connections: number,
  url: string,
  inputs: Inputs,
): Promise<number | undefined> {
  const script = `${inputs.bigPath}.lua`;
  const last = inputs.bigBytes - (1 << 20);
  const lua = `math.randomseed(os.time())
request = function()
  local at = math.random(0, ${last})
  return wrk.format("GET", nil, { ["Range"] = "bytes=" .. at .. "-" .. (at + 1048575) })
end
`;
  await Bun.write(script, lua);
  return await wrk(["-t1", `-c${connections}`, "-d4s", "-s", script, url]);
}

function firstHash(lines: string): string {
  return JSON.parse(lines.slice(0, lines.indexOf("\n"))).Hash;
}
