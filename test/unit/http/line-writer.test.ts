// Goal: lines that come together leave together, one that comes alone leaves at once, and a slow or lost client is heard of.
// Method: a body that records what is written to it.

import { expect, test } from "bun:test";
import { setImmediate } from "node:timers/promises";

import type { ResponseBody } from "../../../src/http/kernel/index.ts";
import { LineWriter } from "../../../src/http/rest/line-writer.ts";

function recorder(answers: readonly (Promise<void> | undefined)[] = []) {
  const chunks: string[] = [];
  const body: ResponseBody = {
    write: (bytes) => {
      chunks.push(String(bytes));
      return answers[chunks.length - 1];
    },
    end: async (trailers) => {
      chunks.push(`end ${JSON.stringify(trailers)}`);
    },
    abort: () => undefined,
  };
  return { chunks, lines: new LineWriter(body) };
}

test("the first line leaves at once, those that follow in the same turn together", async () => {
  const { chunks, lines } = recorder();
  void lines.write("a\n");
  expect(chunks).toEqual(["a\n"]);
  void lines.write("b\n");
  void lines.write("c\n");
  expect(chunks).toEqual(["a\n"]);
  await setImmediate();
  expect(chunks).toEqual(["a\n", "b\nc\n"]);
  void lines.write("d\n");
  await setImmediate();
  expect(chunks.at(-1)).toBe("d\n");
});

test("what is longer than a batch leaves before the turn is over", () => {
  const { chunks, lines } = recorder();
  void lines.write("a\n");
  void lines.write("b".repeat(40_000));
  expect(chunks.length).toBe(1);
  void lines.write("c".repeat(40_000));
  expect(chunks.length).toBe(2);
});

test("the end takes what is left with it", async () => {
  const { chunks, lines } = recorder();
  void lines.write("a\n");
  void lines.write("b\n");
  await lines.end({ t: "v" });
  await setImmediate();
  expect(chunks).toEqual(["a\n", "b\n", `end {"t":"v"}`]);
});

test("whoever writes next waits for a slow client, once", async () => {
  const slow = Promise.withResolvers<void>();
  const { lines } = recorder([undefined, slow.promise]);
  void lines.write("a\n");
  void lines.write("b\n");
  await setImmediate();
  expect(lines.write("c\n")).toBe(slow.promise);
  slow.resolve();
  expect(lines.write("d\n")).toBeUndefined();
});

test("whoever writes next hears of a client that is gone", async () => {
  const gone = Promise.withResolvers<void>();
  const { lines } = recorder([undefined, gone.promise]);
  void lines.write("a\n");
  void lines.write("b\n");
  await setImmediate();
  gone.reject(new Error("gone"));
  await setImmediate();
  let problem: unknown;
  try {
    await lines.write("c\n");
  } catch (error) {
    problem = error;
  }
  expect(problem).toMatchObject({ message: "gone" });
});
