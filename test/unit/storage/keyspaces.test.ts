// Goal: keyspaces are separate, ordered bytewise, walked in pages, and there again after a restart.
// Method: the real LevelDB; entries compared with a sorted map in memory.

import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { type KeyspaceName, keyspaces as layouts, openKeyspaces, type Store } from "#storage";
import { openLog } from "#test/store-tools";
import { makeTempFolder } from "#test/temp-folder";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

async function entriesOf(
  store: Store,
  name: KeyspaceName,
  range?: { gt?: Uint8Array; gte?: Uint8Array; lt?: Uint8Array },
): Promise<readonly string[]> {
  const entries = await Array.fromAsync(store.keyspace(name).entries(range));
  return entries.map(([key, value]) => `${text(key)}=${text(value)}`);
}

describe("keyspaces", () => {
  test("have each a prefix of its own", () => {
    const prefixes = Object.values(layouts).map(({ prefix }) => prefix);
    expect(new Set(prefixes).size).toBe(prefixes.length);
  });

  test("do not see each other, and survive a restart", async () => {
    using folder = makeTempFolder();
    {
      await using store = await openLog(folder.path);
      await store.keyspace("records").put(Buffer.from("a"), Buffer.from("record"));
      await store.keyspace("pinset").put(Buffer.from("a"), Buffer.from("pin"), { sync: false });
      await store.keyspace("pinset").batch([
        [Buffer.from("b"), Buffer.from("two")],
        [Buffer.from("c"), Buffer.from("three")],
        [Buffer.from("a"), undefined],
      ]);
      await store.keyspace("pinset").delete(Buffer.from("c"));
    }
    await using store = await openLog(folder.path);
    expect(await entriesOf(store, "records")).toEqual(["a=record"]);
    expect(await entriesOf(store, "pinset")).toEqual(["b=two"]);
    expect(await entriesOf(store, "datastore")).toEqual([]);
    expect(await store.keyspace("pinset").count()).toBe(1);
    expect(await store.keyspace("pinset").get(Buffer.from("a"))).toBeUndefined();
    expect(text((await store.keyspace("records").get(Buffer.from("a"))) ?? Buffer.of())).toBe(
      "record",
    );
  });

  test("are walked in pages, in the order of bytes, also while they change", async () => {
    using folder = makeTempFolder();
    await using store = await openLog(folder.path);
    const space = store.keyspace("datastore");
    const names = Array.from({ length: 2500 }, (_, at) => String(at).padStart(4, "0"));
    await space.batch(names.map((name) => [Buffer.from(name), Buffer.from(name)] as const));
    const seen: string[] = [];
    for await (const [key] of space.entries()) {
      seen.push(text(key));
      await space.delete(key, { sync: false });
    }
    expect(seen).toEqual(names);
    expect(await space.count()).toBe(0);
  });

  test("are walked in pages that are small also when their entries are large", async () => {
    using folder = makeTempFolder();
    await using store = await openLog(folder.path);
    const space = store.keyspace("datastore");
    const value = new Uint8Array(300_000);
    for (let at = 0; at < 30; at += 1) await space.put(Uint8Array.of(at), value, { sync: false });
    const pages = await Array.fromAsync(space.pages());
    expect(pages.flat().map(([key]) => key[0])).toEqual(Array.from({ length: 30 }, (_, at) => at));
    expect(Math.max(...pages.map((page) => page.length))).toBe(4);
  });

  test("that are begun beside the pinset and given up leave nothing, also while they are written", async () => {
    using folder = makeTempFolder();
    await (await openLog(folder.path))[Symbol.asyncDispose]();
    await using keyspaces = await openKeyspaces(folder.path);
    await keyspaces.keyspace("pinset").put(Buffer.from("a"), Buffer.from("old"));
    let written: Promise<void>;
    {
      await using next = await keyspaces.replacePinset();
      written = next.keyspace.batch([[Buffer.from("b"), Buffer.from("new")]]);
    }
    await written;
    expect(await keyspaces.keyspace("pinset2").count()).toBe(0);
    expect(await keyspaces.keyspace("pinset").count()).toBe(1);
  });

  test("answer ranges as a sorted map does", async () => {
    using folder = makeTempFolder();
    await using store = await openLog(folder.path);
    const keys = fc.uniqueArray(fc.stringMatching(/^[ab]{0,3}$/), { maxLength: 12 });
    const bound = fc.option(fc.stringMatching(/^[ab]{0,3}$/), { nil: undefined });
    const walk = fc.record({ names: keys, gt: bound, gte: bound, lt: bound });
    const property = fc.asyncProperty(walk, async ({ names, gt, gte, lt }) => {
      const space = store.keyspace("datastore");
      for await (const [key] of space.entries()) await space.delete(key, { sync: false });
      await space.batch(names.map((name) => [Buffer.from(name), Buffer.of(1)] as const));
      const range = {
        ...(gt !== undefined && { gt: Buffer.from(gt) }),
        ...(gte !== undefined && gt === undefined && { gte: Buffer.from(gte) }),
        ...(lt !== undefined && { lt: Buffer.from(lt) }),
      };
      const found = await Array.fromAsync(space.entries(range), ([key]) => text(key));
      const expected = names
        .filter((name) => gt === undefined || name > gt)
        .filter((name) => gte === undefined || gt !== undefined || name >= gte)
        .filter((name) => lt === undefined || name < lt);
      expect(found).toEqual(expected.toSorted((a, b) => (a < b ? -1 : 1)));
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
