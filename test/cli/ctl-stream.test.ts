// Goal: ipfs-cluster-ctl prints long lists in constant memory, and ends quietly when nobody reads them. Method: a link to the
// executable, against a server in this process that streams 100,000 entries.

import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { pipeline } from "node:stream/promises";

import { type BlackBox, openBlackBox } from "#test/black-box";

const entries = 100_000;
const ctlName = "ipfs-cluster-ctl";

let box: BlackBox;
let server: Server;
let host: string;

beforeAll(async () => {
  box = openBlackBox();
  symlinkSync(box.path("pinfold"), box.path(ctlName));
  server = createServer((request, response) => {
    const toLine = request.url?.startsWith("/pins") === true ? status : pin;
    pipeline(lines(toLine), response).catch(() => undefined); // whoever asked has gone
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  const address = server.address();
  host = `/ip4/127.0.0.1/tcp/${typeof address === "object" ? address?.port : ""}`;
});

afterAll(async () => {
  server.close();
  await box[Symbol.asyncDispose]();
});

function* lines(toLine: (number: number) => object): Generator<string> {
  for (let at = 0; at < entries; at += 100) {
    yield Array.from({ length: 100 }, (_, more) => `${JSON.stringify(toLine(at + more))}\n`).join(
      "",
    );
  }
}

const cid = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";
const time = "2026-11-21T12:00:00Z";

function pin(number: number): object {
  const factors = { replication_factor_min: -1, replication_factor_max: -1, max_depth: -1 };
  const texts = { cid, name: `pin ${number}`, mode: "recursive", type: "pin" };
  return {
    ...factors,
    ...texts,
    allocations: [],
    metadata: null,
    expire_at: time,
    timestamp: time,
  };
}

function status(number: number): object {
  const info = { peername: "alpha", status: "pinned", timestamp: time, error: "" };
  const peer = { ...info, attempt_count: 0, priority_pin: false };
  return { cid, name: `pin ${number}`, peer_map: { id: peer } };
}

/** 0 where the system does not tell, and when it is over. What it reports afterwards counts the process that forked. */
function mostResidentBytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

test.each([
  ["status", 2 * entries],
  ["pin ls", entries],
])(
  "%s prints 100,000 entries in constant memory",
  async (command, wanted) => {
    const words = [box.path(ctlName), "--host", host, ...command.split(" ")];
    const child = Bun.spawn(words, { stdout: "pipe", stderr: "pipe" });
    let count = 0;
    let peakBytes = 0;
    for await (const bytes of child.stdout) {
      count += bytes.filter((byte) => byte === 10).length;
      peakBytes = Math.max(peakBytes, mostResidentBytes(child.pid));
    }
    expect(await child.exited).toBe(0);
    expect(count).toBe(wanted);
    // all of them as text are 25 MB, as objects several times that
    expect(peakBytes).toBeLessThan(200 * 1024 * 1024);
  },
  30_000,
);

test.skipIf(process.platform === "win32")("a closed pipe ends it quietly", async () => {
  const line = `${box.path(ctlName)} --host ${host} status | head -n 1`;
  const child = Bun.spawn(["sh", "-c", line], { stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect({ stdout, stderr }).toEqual({ stdout: `${cid} | pin 0:\n`, stderr: "" });
});
