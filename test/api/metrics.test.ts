// Goal: metrics stand under the names, help texts and types of IPFS Cluster's, with values that are true.
// Method: a cluster of one over a real node in this process, between the two halves of the metrics, as a peer has it; names are
// compared with what a real IPFS Cluster 1.1.6 told.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { type Listener, openListener } from "#http";
import { silentLogger, systemClock } from "#lib";
import { goldenFolder } from "#test/golden-http";
import { type NodeStack, openNodeStack } from "#test/node-stack";
import { openRestStack, type RestStack } from "#test/rest-stack";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

import { openMetrics } from "../../src/peer/metrics/open-metrics.ts";

const nobody = "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN";

let folder: TempFolder;
let node: NodeStack;
let rest: RestStack;
let listener: Listener;

beforeEach(async () => {
  folder = makeTempFolder();
  node = await openNodeStack(join(folder.path, "data"));
  const seams = { clock: systemClock, logger: silentLogger };
  const { connector, pinset } = node;
  const metrics = openMetrics({ ...seams, connector, pinset }, { reportingIntervalMs: 0 });
  rest = await openRestStack({ connector: metrics.connector, pinset });
  listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    logger: silentLogger,
    name: "metrics",
    handler: metrics.handler(rest.cluster),
  });
});

afterEach(async () => {
  await listener[Symbol.asyncDispose]();
  await rest[Symbol.asyncDispose]();
  await node[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function readMetrics(): Promise<string> {
  return (await fetch(`${listener.url}/metrics`)).text();
}

function valueOf(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}

/** Names, help texts and types. */
function headsOf(text: string): string[] {
  return text.split("\n").filter((line) => /^# (?:HELP|TYPE) (?:ipfscluster|process)_/.test(line));
}

test("every metric of IPFS Cluster is there, but for what the whole machine's network carries", async () => {
  const recorded = await readFile(join(goldenFolder, "cluster-metrics-1.1.6.txt"), "utf8");
  const wanted = headsOf(recorded).filter((line) => !line.includes("process_network_"));
  const isLinux = process.platform === "linux";
  const told = wanted.filter((line) => isLinux || !/_fds|_virtual_/.test(line));
  expect(headsOf(await readMetrics())).toEqual(told);
});

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(300_000);
}

test("pins and blocks are counted", async () => {
  await Array.fromAsync(rest.client.add([{ path: "a", type: "file", content: bytes() }]));
  await rest.client.pin(nobody);
  const text = await readMetrics();
  const values = Object.fromEntries(
    [
      "pins",
      "pins_ipfs_pins",
      "pins_pin_add",
      "pins_pin_add_errors",
      "pins_pinning",
      "blocks_put",
      "blocks_added",
    ].map((name) => [name, valueOf(text, `ipfscluster_${name}`)]),
  );
  expect(values).toMatchObject({
    pins: 2,
    pins_ipfs_pins: 1,
    pins_pin_add: 1,
    pins_pin_add_errors: 0,
    pins_pinning: 1,
    blocks_put: 1,
  });
  expect(values["blocks_added"]).toBeGreaterThanOrEqual(2);
  expect(valueOf(text, "ipfscluster_blocks_added_size")).toBeGreaterThanOrEqual(262_144);
  expect(valueOf(text, "ipfscluster_informer_disk")).toBeGreaterThan(9e9);
});

test("the process tells what it takes", async () => {
  const text = await readMetrics();
  expect(valueOf(text, "process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
  expect(valueOf(text, "process_cpu_seconds_total")).toBeGreaterThan(0);
  const startedAt = valueOf(text, "process_start_time_seconds") * 1000;
  expect(Math.abs(Date.now() - startedAt - process.uptime() * 1000)).toBeLessThan(60_000);
  if (process.platform === "linux") {
    expect(valueOf(text, "process_open_fds")).toBeGreaterThan(3);
  }
});

test("it is text for Prometheus, at its path and nowhere else", async () => {
  const { headers, status } = await fetch(`${listener.url}/metrics`);
  expect([status, headers.get("content-type")]).toEqual([
    200,
    "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
  ]);
  expect((await fetch(`${listener.url}/`)).status).toBe(404);
  expect((await fetch(`${listener.url}/metrics`, { method: "POST" })).status).toBe(405);
});
