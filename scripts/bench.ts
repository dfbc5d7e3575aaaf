// bun run bench [--rounds N] [--only pinfold|kubo] [--size MiB] [--files N] [--keep]
// bun run bench --cluster [--rounds N] [--only pinfold|go] [--pins N] [--keep]
// Fresh data and fresh folders every round, targets in turn, medians of all rounds. Needs curl; rows that need wrk are
// left out visibly when it is missing. A real `ipfs daemon` is measured beside ours when `ipfs` is on PATH, and with
// --cluster, which measures pins and large pinsets, a real `ipfs-cluster-service`.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { clusterRowNames, makeClusterInputs, measureCluster } from "./bench/cluster-rows.ts";
import { findClusterTargets } from "./bench/cluster-targets.ts";
import { makeInputs, measureCopy } from "./bench/inputs.ts";
import { measureRound, type RoundFigures, rowNames } from "./bench/rows.ts";
import { findTargets } from "./bench/targets.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    size: { type: "string", default: "512" },
    files: { type: "string", default: "10000" },
    cluster: { type: "boolean", default: false },
    pins: { type: "string", default: "1000000" },
    keep: { type: "boolean", default: false },
  },
});

const folder = await mkdtemp(join(process.env["BENCH_DIR"] ?? tmpdir(), "pinfold-bench-"));
const figures = new Map<string, RoundFigures[]>();
const copies: RoundFigures[] = [];
try {
  await (values.cluster ? measureClusters() : measureNodes());
} finally {
  if (!values.keep) await rm(folder, { recursive: true, force: true });
}
printTable(values.cluster ? clusterRowNames : rowNames);

async function measureNodes(): Promise<void> {
  const targets = findTargets(values.only);
  for (const { name } of targets) figures.set(name, []);
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    const inputs = await makeInputs(folder, {
      bigMiB: Number(values.size),
      files: Number(values.files),
    });
    copies.push(await measureCopy(inputs, folder));
    const inTurn = round % 2 === 1 ? targets : targets.toReversed();
    for (const target of inTurn) {
      console.error(`round ${round} of ${values.rounds}: ${target.name}`);
      figures.get(target.name)?.push(await measureRound(target, inputs, folder));
    }
    // again at the end: a disk that was left alone is quicker than one that has just been written to
    copies.push(await measureCopy(inputs, folder));
  }
}

async function measureClusters(): Promise<void> {
  const targets = await findClusterTargets(values.only, folder);
  for (const { name } of targets) figures.set(name, []);
  const inputs = await makeClusterInputs(folder, Number(values.pins));
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const target of round % 2 === 1 ? targets : targets.toReversed()) {
      console.error(`round ${round} of ${values.rounds}: ${target.name}`);
      figures.get(target.name)?.push(await measureCluster(target, inputs, folder));
    }
  }
}

function printTable(rows: Readonly<Record<string, string>>): void {
  const names = [...figures.keys()];
  console.log(`medians of ${values.rounds} rounds (least – most)\n`);
  console.log(`| | unit | ${names.join(" | ")} | ${names.length > 1 ? "ratio |" : ""}`);
  console.log(`|---|---|${names.map(() => "---|").join("")}${names.length > 1 ? "---|" : ""}`);
  for (const [row, unit] of Object.entries(rows)) {
    const columns = names.map((name) => collect(figures.get(name) ?? [], row));
    if (columns.every((column) => column.length === 0)) continue;
    const [ours, theirs] = columns.map(median);
    const ratio =
      ours === undefined || theirs === undefined ? "" : `${(ours / theirs).toFixed(2)} |`;
    console.log(`| ${row} | ${unit} | ${columns.map(format).join(" | ")} | ${ratio}`);
  }
  for (const row of values.cluster ? [] : ["cp", "cp + sync"]) {
    console.log(`| ${row} | MB/s | ${format(collect(copies, row))} |`);
  }
}

function collect(rounds: readonly RoundFigures[], row: string): number[] {
  return rounds.flatMap((round) => round[row] ?? []).toSorted((a, b) => a - b);
}

function median(sorted: readonly number[]): number | undefined {
  return sorted[Math.floor(sorted.length / 2)];
}

function format(sorted: readonly number[]): string {
  const middle = median(sorted);
  if (middle === undefined) return "–";
  return `${short(middle)} (${short(sorted[0] ?? 0)} – ${short(sorted.at(-1) ?? 0)})`;
}

function short(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 });
}
