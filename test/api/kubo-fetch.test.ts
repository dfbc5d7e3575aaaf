// Goal: Kubo's RPC over content that other nodes have: fetched fast, with progress, time-outs in Kubo's words, and nothing
// at all with `offline`. Method: a node behind the RPC; other nodes are a fake exchange with delays.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";

import { eventually } from "#test/eventually";
import { FakeExchange } from "#test/fake-exchange";
import { KuboClient } from "#test/kubo-client";
import { type KuboStack, openKuboStack } from "#test/kubo-stack";
import { MadeDag } from "#test/made-dag";
import { makeTempFolder, type TempFolder } from "#test/temp-folder";

const dag = new MadeDag({ leaves: 800, leafBytes: 2048 });
const root = dag.root.toString();

let folder: TempFolder;
let exchange: FakeExchange;
let stack: KuboStack;
let kubo: KuboClient;

beforeEach(async () => {
  folder = makeTempFolder();
  exchange = new FakeExchange();
  stack = await openKuboStack(folder.path, { exchange });
  kubo = new KuboClient(stack.url);
});

afterEach(async () => {
  await stack[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("pin/add", () => {
  test("tells how many blocks are here while it fetches", async () => {
    exchange.addPeer({ content: dag, bytesPerSecond: 1_500_000 });
    const lines = await kubo.lines(`pin/add?arg=${root}&progress=true`);
    const told = lines.flatMap(({ Progress }) => (typeof Progress === "number" ? [Progress] : []));
    expect(told.length).toBeGreaterThan(2);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(dag.blocks);
    expect(lines.at(-1)).toEqual({ Pins: [root] });
  });

  test("ends with the timeout in Kubo's words, and leaves nothing running", async () => {
    const { status, text } = await kubo.ask(`pin/add?arg=${root}&timeout=200ms`);
    expect(status).toBe(500);
    expect(JSON.parse(text).Message).toBe("pin: context deadline exceeded");
    await eventually(() => exchange.underWay.now === 0);
    expect(await stack.ipfs.pins.get(dag.root)).toBeUndefined();
  });

  test("fetches nothing with offline", async () => {
    exchange.addPeer({ content: dag });
    expect(await kubo.message(`pin/add?arg=${root}&offline=true`)).toBe(
      `pin: block was not found locally (offline): ipld: could not find ${root}`,
    );
    expect(exchange.asked).toEqual([]);
  });

  test("stops when the client goes", async () => {
    const gone = new AbortController();
    const asked = fetch(`${stack.url}/api/v0/pin/add?arg=${root}`, {
      method: "POST",
      signal: gone.signal,
    });
    await eventually(() => exchange.underWay.now > 0);
    gone.abort();
    await expect(asked).rejects.toThrow();
    await eventually(() => exchange.underWay.now === 0);
  });
});

describe("reading", () => {
  test.each([
    ["cat", `cat?arg=${root}`],
    ["get", `get?arg=${root}`],
    ["dag/export", `dag/export?arg=${root}`],
    ["refs -r", `refs?arg=${root}&recursive=true`],
  ])("by %s has many blocks on their way", async (_, path) => {
    exchange.addPeer({ content: dag, delayMs: 20 });
    await kubo.ask(path);
    expect(exchange.underWay.most).toBeGreaterThan(60);
    expect(new Set(exchange.asked).size).toBe(dag.blocks);
  });

  test("with offline fetches nothing", async () => {
    exchange.addPeer({ content: dag });
    for (const path of [`cat?arg=${root}`, `get?arg=${root}`, `dag/export?arg=${root}`]) {
      const { status } = await kubo.ask(`${path}&offline=true`);
      expect(status).toBe(500);
    }
    await kubo.ask(`refs?arg=${root}&recursive=true&offline=true`);
    expect(exchange.asked).toEqual([]);
  });

  test("of one level fetches no more", async () => {
    exchange.addPeer({ content: dag });
    await kubo.ask(`refs?arg=${root}`);
    expect(exchange.asked).toEqual([root]);
  });
});
