// Goal: an import holds little, stops when it is told to and hands over every block once it is complete. Method: sinks and
// sources that count, wait or fail.

import { describe, expect, setDefaultTimeout, test } from "bun:test";

import { importEntries, type ImportEntry, resolveImportOptions, verifyBlock } from "#dag";
import type { CID } from "#model";

setDefaultTimeout(60_000); // an import of 256 MiB

const nullSink = { put: () => undefined };
const mebibyte = 2 ** 20;

describe("an import", () => {
  test("holds no more of 256 MiB at its end than after a quarter, even in 1 KiB chunks", async () => {
    const heapBytes: number[] = [];
    const content = zeros(256, (done) => {
      if (done !== 64 && done !== 256) return;
      Bun.gc(true);
      heapBytes.push(process.memoryUsage().heapUsed);
    });
    await run([{ path: "f", type: "file", content }], { chunker: "size-1024" });
    const [early = 0, late = 0] = heapBytes;
    expect(late - early).toBeLessThan(4 * mebibyte);
  });

  test("reads no further than the chunk at hand while its sink waits", async () => {
    let readMebibytes = 0;
    const doors = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<void>();
    const sink = {
      put: () => {
        waiting.resolve();
        return doors.promise;
      },
    };
    const content = zeros(64, (done) => {
      readMebibytes = done;
    });
    const all = run([{ path: "f", type: "file", content }], {}, sink);
    await waiting.promise;
    expect(readMebibytes).toBe(0);
    doors.resolve();
    await all;
    expect(readMebibytes).toBe(64);
  });

  test("hands over every block, and each has its CID", async () => {
    const blocks = new Map<string, readonly [CID, Uint8Array]>();
    const sink = {
      put: (cid: CID, bytes: Uint8Array) => {
        blocks.set(cid.toString(), [cid, bytes]);
      },
    };
    const entries = Array.from({ length: 40 }, (_, index): ImportEntry => {
      return {
        path: `d/${index}/f`,
        type: "file",
        content: piecesOf(Buffer.alloc(index * 9, index)),
      };
    });
    const wishes = { maxDirectoryLinks: 10, chunker: "size-50", maxFileLinks: 2, hash: "sha2-512" };
    await run(entries, wishes, sink);
    expect(blocks.size).toBeGreaterThan(200);
    for (const [cid, bytes] of blocks.values()) expect(verifyBlock(cid, bytes)).toBeUndefined();
  });

  test("puts nothing for content within its CID", async () => {
    let putCount = 0;
    const sink = {
      put: () => {
        putCount += 1;
      },
    };
    const entry = { path: "f", type: "file", content: piecesOf(Buffer.from("hi")) } as const;
    await run([entry], { inline: true }, sink);
    expect(putCount).toBe(0);
  });

  test("lets others have a turn although its source never waits", async () => {
    let turnCount = 0;
    const turn = {
      pause: () => {
        turnCount += 1;
        return turnCount % 10 === 0 ? Promise.resolve() : undefined;
      },
    };
    const options = { ...resolveImportOptions(), turn };
    const entries = eachOf([{ path: "f", type: "file", content: zeros(8) }]);
    for await (const _ of importEntries(entries, nullSink, options));
    expect(turnCount).toBe(33);
  });

  test("closes its sources when its reader leaves", async () => {
    let closed = "";
    const content = (async function* () {
      try {
        for (;;) yield new Uint8Array(mebibyte);
      } finally {
        closed += "content ";
      }
    })();
    const entries = (async function* (): AsyncGenerator<ImportEntry> {
      try {
        yield { path: "f", type: "file", content };
      } finally {
        closed += "entries";
      }
    })();
    const options = resolveImportOptions({ progress: true });
    for await (const event of importEntries(entries, nullSink, options)) {
      if (event.type === "progress" && event.bytes > mebibyte) break;
    }
    expect(closed).toBe("content entries");
  });

  test("passes on what its source or its sink throws", async () => {
    const broken = (async function* () {
      yield new Uint8Array(mebibyte);
      throw new Error("the line is cut");
    })();
    const entry = { path: "f", type: "file", content: broken } as const;
    await expect(run([entry], {})).rejects.toThrow("the line is cut");
    const full = { put: () => Promise.reject(new Error("the disk is full")) };
    const other = { path: "f", type: "file", content: zeros(1) } as const;
    await expect(run([other], {}, full)).rejects.toThrow("the disk is full");
  });

  test("refuses one link a node instead of going on for ever", async () => {
    const entry = { path: "f", type: "file", content: zeros(1) } as const;
    await expect(run([entry], { maxFileLinks: 1 })).rejects.toThrow(
      "max-file-links must be at least 2",
    );
  });

  test("tells progress every 256 KiB, and the whole at the end", async () => {
    const events = [];
    const options = resolveImportOptions({ progress: true, chunker: "size-100000" });
    const content = piecesOf(new Uint8Array(600_000));
    const entries = eachOf([{ path: "f", type: "file", content }]);
    for await (const event of importEntries(entries, nullSink, options)) {
      events.push(event.type === "progress" ? event.bytes : event.path);
    }
    expect(events).toEqual([262_144, 524_288, 600_000, "f"]);
  });
});

async function run(
  entries: readonly ImportEntry[],
  wishes: Parameters<typeof resolveImportOptions>[0],
  sink: Parameters<typeof importEntries>[1] = nullSink,
): Promise<void> {
  for await (const _ of importEntries(eachOf(entries), sink, resolveImportOptions(wishes)));
}

async function* eachOf(entries: readonly ImportEntry[]): AsyncGenerator<ImportEntry> {
  yield* entries;
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* zeros(
  mebibytes: number,
  onDone: (mebibytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  for (let index = 1; index <= mebibytes; index += 1) {
    yield new Uint8Array(mebibyte);
    onDone(index);
  }
}
