// Goal: the small tools that every room leans on keep their word at the edges.
// Method: tables of examples, and fast-check where a law says more.

import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";

import * as fc from "fast-check";

import {
  abortReason,
  createLogger,
  DigestSet,
  durationProblem,
  formatDuration,
  formatSize,
  goQuote,
  LruMap,
  messageOf,
  nearest,
  parseDuration,
  parseGoBool,
  parseGoInteger,
  parseSize,
  systemClock,
} from "#lib";

describe("sizes", () => {
  test("units are decimal, with an i binary, in any case", () => {
    const sizes = ["0", "4096", "10GB", "1.5 kB", "512MiB", "2g", "1tib"].map(parseSize);
    expect(sizes).toEqual([0, 4096, 1e10, 1500, 536_870_912, 2e9, 1_099_511_627_776]);
  });

  test("what is no size is undefined", () => {
    expect(["", "ten", "-1", "1 XB", "1e3"].map(parseSize)).toEqual(Array(5).fill(undefined));
  });

  test("bytes are written short", () => {
    expect([0, 999, 1500, 12_000_000, 3.5e15].map(formatSize)).toEqual([
      "0 B",
      "999 B",
      "1.5 kB",
      "12 MB",
      "3500 TB",
    ]);
  });
});

describe("values as Go's strconv reads them", () => {
  test.each([
    ["0", 0n],
    ["-12", -12n],
    ["+7", 7n],
    ["017", 15n],
    ["0_7", 7n],
    ["0o17", 15n],
    ["0x1F", 31n],
    ["0b101", 5n],
    ["1_000", 1000n],
    ["18446744073709551615", 18_446_744_073_709_551_615n],
  ])("the text %s is a whole number", (text, value) => {
    expect(parseGoInteger(text)).toBe(value);
  });

  test.each(["", " 1", "08", "1_", "_1", "1__0", "0x", "0b2", "1.0", "1e3", "ten"])(
    "the text %j is none",
    (text) => {
      expect(parseGoInteger(text)).toBeUndefined();
    },
  );

  test("truth has six spellings, and so has its opposite", () => {
    expect(["1", "t", "T", "true", "True", "TRUE"].map(parseGoBool)).toEqual(Array(6).fill(true));
    expect(["0", "f", "F", "false", "False", "FALSE"].map(parseGoBool)).toEqual(
      Array(6).fill(false),
    );
    expect(["", "yes", "tRUE", " true"].map(parseGoBool)).toEqual(Array(4).fill(undefined));
  });
});

test("texts are quoted as Go does", () => {
  expect(goQuote('a"\\\n\u0000é\u200b🙂')).toBe('"a\\"\\\\\\n\\x00é\\u200b🙂"');
});

describe("durations", () => {
  test("are read as Go writes them", () => {
    const texts = ["0", "300ms", "1h30m", "1m30s", "-5s", "1.5h", "2us"];
    expect(texts.map(parseDuration)).toEqual([0, 300, 5_400_000, 90_000, -5000, 5_400_000, 0.002]);
  });

  test("what is none is undefined", () => {
    expect(["", "5", "1d", "s", "1h-3m"].map(parseDuration)).toEqual(Array(5).fill(undefined));
  });

  test("end where Go's end, at 2^63 nanoseconds", () => {
    expect(parseDuration("2562047h")).toBe(2_562_047 * 3_600_000);
    for (const text of ["2562048h", "-2562048h", `${"9".repeat(400)}h`]) {
      expect(parseDuration(text)).toBeUndefined();
    }
  });

  test.each([
    ["5", 'time: missing unit in duration "5"'],
    ["1y", 'time: unknown unit "y" in duration "1y"'],
    ["1s5x", 'time: unknown unit "x" in duration "1s5x"'],
    ["abc", 'time: invalid duration "abc"'],
    ["2562048h", 'time: invalid duration "2562048h"'],
    ["", 'time: invalid duration ""'],
  ])("%p is none in Go's words", (text, problem) => {
    expect(durationProblem(text)).toBe(problem);
  });

  test("any whole number of milliseconds survives being written and read", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e10 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 5);
      }),
    );
  });
});

describe("LruMap", () => {
  test("forgets what was used longest ago", () => {
    const map = new LruMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    expect(map.get("a")).toBe(1);
    map.set("c", 3);
    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([1, undefined, 3]);
    expect(map.size).toBe(2);
  });
});

function digestOf(n: number): Uint8Array {
  return createHash("sha256").update(String(n)).digest();
}

describe("DigestSet", () => {
  test("holds exactly what was added, also after it has grown", () => {
    const set = new DigestSet();
    for (let n = 0; n < 5000; n += 1) expect(set.add(digestOf(n))).toBe(true);
    expect(set.add(digestOf(77))).toBe(false);
    expect(set.size).toBe(5000);
    for (let n = 0; n < 5000; n += 1) expect(set.has(digestOf(n))).toBe(true);
    for (let n = 5000; n < 10_000; n += 1) expect(set.has(digestOf(n))).toBe(false);
  });

  test("takes short and empty keys", () => {
    const set = new DigestSet();
    const keys = [[], [0], [0, 0], [1], [1, 2, 3, 4], [0, 1, 2, 3, 4]].map((k) =>
      Uint8Array.from(k),
    );
    expect(keys.map((key) => set.add(key))).toEqual(Array(6).fill(true));
    expect(keys.every((key) => set.has(key))).toBe(true);
  });
});

describe("nearest", () => {
  test("finds the word that was meant, and none when all are far", () => {
    const words = ["recursive", "progress", "chunker"];
    expect(nearest("chuncker", words)).toBe("chunker");
    expect(nearest("recursiv", words)).toBe("recursive");
    expect(nearest("xyz", words)).toBeUndefined();
  });
});

describe("the logger", () => {
  test("writes level, sentence and fields, and leaves out what is below its level", () => {
    const lines: string[] = [];
    const log = createLogger({ level: "info", write: (line) => lines.push(line), now: () => 0 });
    log.info("pinned", { cid: "Qm", tookMs: 3, name: "two words", cause: new Error("no") });
    log.debug("never");
    expect(lines).toEqual([
      `1970-01-01T00:00:00.000Z INFO pinned cid=Qm tookMs=3 name="two words" cause="no"`,
    ]);
  });
});

describe("waiting and giving up", () => {
  test("a sleep ends with the reason of its signal", async () => {
    const controller = new AbortController();
    const sleep = systemClock.sleep(60_000, controller.signal);
    controller.abort(new Error("enough"));
    await expect(sleep).rejects.toThrow("enough");
    await expect(systemClock.sleep(1, controller.signal)).rejects.toThrow("enough");
  });

  test("a sleep of months does not end at once", async () => {
    const controller = new AbortController();
    const months = systemClock.sleep(2 ** 31, controller.signal).then(
      () => "over",
      () => "aborted",
    );
    await systemClock.sleep(20);
    controller.abort();
    expect(await months).toBe("aborted");
  });

  test("whatever was thrown has a text", () => {
    expect([messageOf(new Error("a")), messageOf("b"), messageOf(3)]).toEqual(["a", "b", "3"]);
    expect(abortReason(AbortSignal.abort("why")).message).toBe("aborted: why");
  });
});
