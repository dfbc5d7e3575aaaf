// Goal: a gateway that fetches gives up in time: 504 before the first byte, a broken connection after it, and what
// nobody waits for any more is not fetched on. Method: a real listener, a clock moved by hand, blocks that come when told.

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { request } from "node:http";

import type { Listener } from "#http";
import { abortReason } from "#lib";
import { type BlockSource, type CID, type SignalOptions } from "#model";
import { buildFile } from "#test/build-dag";
import { eventually } from "#test/eventually";
import { ManualClock, until } from "#test/manual-clock";
import { MemoryBlocks } from "#test/memory-blocks";
import { openGateway } from "#test/test-gateway";

/** Local blocks, and others that are waited for until `bring` has brought them here. */
class SlowSource implements BlockSource {
  readonly here = new MemoryBlocks();
  readonly all = new MemoryBlocks();
  readonly waiting = new Map<string, () => void>();

  bring(...cids: readonly string[]): void {
    for (const text of cids) {
      this.here.blocks.set(text, this.all.blocks.get(text) ?? new Uint8Array());
      this.waiting.get(text)?.();
    }
  }

  async get(cid: CID, { signal }: SignalOptions = {}): Promise<Uint8Array> {
    const key = cid.toString();
    if (!(await this.here.has(cid))) {
      await new Promise<void>((resolve, reject) => {
        this.waiting.set(key, resolve);
        signal?.addEventListener("abort", () => reject(abortReason(signal)), { once: true });
      }).finally(() => this.waiting.delete(key));
    }
    return this.here.get(cid);
  }

  getBatch(cids: readonly CID[], options?: SignalOptions): Promise<readonly Uint8Array[]> {
    return Promise.all(cids.map((cid) => this.get(cid, options)));
  }

  has(cid: CID): Promise<boolean> {
    return this.here.has(cid);
  }
}

let clock: ManualClock;
let source: SlowSource;
let gateway: Listener;
let root: string;
/** Leaves in their order. */
let leaves: string[];

beforeEach(async () => {
  clock = new ManualClock();
  source = new SlowSource();
  const content = Buffer.from(Array.from({ length: 2000 }, (_, at) => at % 251));
  const cid = await buildFile(source.all, content, { chunkBytes: 100 });
  root = cid.toString();
  leaves = source.all
    .cids()
    .map(String)
    .filter((text) => text !== root);
  gateway = await openGateway(
    source.here,
    { source, localSource: source.here, clock },
    { retrievalTimeoutMs: 30_000 },
  );
});

afterEach(() => gateway[Symbol.asyncDispose]());

function get(init: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.url}/ipfs/${root}`, init);
}

/** Lets time pass in steps, as the request's looks need it. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 7500) {
    await eventually(() => clock.next !== undefined);
    clock.advance(Math.min(left, 7500));
    await turns();
  }
}

async function turns(): Promise<void> {
  let turn = 0;
  await until(() => (turn += 1) > 20);
}

describe("content that does not come", () => {
  test("is 504 after the time-out, with Retry-After", async () => {
    const answer = get();
    await eventually(() => source.waiting.size === 1);
    await pass(22_500);
    expect(source.waiting.size).toBe(1);
    await pass(7500);
    const { status, headers } = await answer;
    expect(status).toBe(504);
    expect(headers.get("retry-after")).toBe("30");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(await (await answer).text()).toBe("Unable to retrieve content within timeout period\n");
    expect(source.waiting.size).toBe(0);
  });

  test("after its first bytes breaks the connection", async () => {
    source.bring(root, ...leaves.slice(0, 16));
    const reading = read(`${gateway.url}/ipfs/${root}`);
    await eventually(() => source.waiting.size > 0 && reading.bytes > 0);
    await pass(30_000);
    expect(await reading.end).toBe("broken");
    expect(reading.bytes).toBeLessThan(2000);
    expect(source.waiting.size).toBe(0);
  });

  test("is 412 at once with only-if-cached", async () => {
    const answer = await get({ headers: { "cache-control": "only-if-cached" } });
    expect(answer.status).toBe(412);
  });
});

describe("content that comes slowly", () => {
  test("is waited for as long as something comes", async () => {
    const answer = get().then((response) => response.arrayBuffer());
    await eventually(() => source.waiting.size === 1);
    await pass(20_000);
    source.bring(root);
    for (const leaf of leaves) {
      await eventually(() => source.waiting.has(leaf));
      await pass(15_000);
      source.bring(leaf);
    }
    expect((await answer).byteLength).toBe(2000);
  });
});

describe("a client that goes", () => {
  test("ends the waiting", async () => {
    const gone = new AbortController();
    const answer = get({ signal: gone.signal });
    await eventually(() => source.waiting.size === 1);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await eventually(() => source.waiting.size === 0);
  });
});

/** fetch() hides how an answer ends. */
function read(url: string): { bytes: number; readonly end: Promise<"whole" | "broken"> } {
  const { promise, resolve } = Promise.withResolvers<"whole" | "broken">();
  const reading = { bytes: 0, end: promise };
  const asked = request(url, (response) => {
    response.on("data", (piece: Uint8Array) => {
      reading.bytes += piece.length;
    });
    response.on("end", () => resolve(response.complete ? "whole" : "broken"));
    response.on("error", () => resolve("broken"));
  });
  asked.on("error", () => resolve("broken"));
  asked.end();
  return reading;
}
