// Goal: changes that come at once share a sync, none is lost, and each caller hears of its own failure.
// Method: the real LevelDB in a temp folder, with its batches counted; a batch that fails.

import { describe, expect, test } from "bun:test";

import { ClassicLevel } from "classic-level";

import { makeTempFolder } from "#test/temp-folder";

import { WriteQueue } from "../../../src/storage/write-queue.ts";

type Level = ClassicLevel<Uint8Array, Uint8Array>;

const bytes = (text: string): Uint8Array => Buffer.from(text);

async function openLevel(path: string): Promise<{ readonly level: Level; batches: number }> {
  const level: Level = new ClassicLevel(path, { keyEncoding: "view", valueEncoding: "view" });
  await level.open();
  const counted = { level, batches: 0 };
  const open = level.batch.bind(level);
  Object.assign(level, {
    batch: () => {
      counted.batches += 1;
      return open();
    },
  });
  return counted;
}

describe("the write queue", () => {
  test("writes what comes at once in one batch, and what comes meanwhile in the next", async () => {
    using folder = makeTempFolder();
    const opened = await openLevel(folder.path);
    const queue = new WriteQueue(opened.level);
    const keys = Array.from({ length: 200 }, (_, index) => bytes(`key ${index}`));
    await Promise.all(keys.map((key) => queue.write([[key, bytes("1")]], { sync: true })));
    expect(opened.batches).toBe(1);
    const values = await opened.level.getMany(keys);
    expect(values.every((value) => value !== undefined)).toBe(true);
    await opened.level.close();
  });

  test("makes changes of one key in the order of their calls", async () => {
    using folder = makeTempFolder();
    const { level } = await openLevel(folder.path);
    const queue = new WriteQueue(level);
    const key = bytes("key");
    const writes = ["1", undefined, "2", undefined, "3"].map((value) =>
      queue.write([[key, value === undefined ? undefined : bytes(value)]], { sync: false }),
    );
    await Promise.all(writes);
    expect(Buffer.from((await level.get(key)) ?? []).toString()).toBe("3");
    await level.close();
  });

  test("tells everybody in a batch that it failed, and goes on with the next", async () => {
    using folder = makeTempFolder();
    const { level } = await openLevel(folder.path);
    const queue = new WriteQueue(level);
    const open = level.batch.bind(level);
    Object.assign(level, {
      batch: () => {
        throw new Error("no space left");
      },
    });
    const failed = await Promise.allSettled([
      queue.write([[bytes("a"), bytes("1")]], { sync: true }),
      queue.write([[bytes("b"), bytes("1")]], { sync: true }),
    ]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    Object.assign(level, { batch: open });
    await queue.write([[bytes("c"), bytes("1")]], { sync: true });
    await queue.idle();
    expect(await level.get(bytes("c"))).toBeDefined();
    expect(await level.get(bytes("a"))).toBeUndefined();
    await level.close();
  });
});
