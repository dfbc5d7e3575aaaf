import { describe, expect, test } from "bun:test";

import * as fc from "fast-check";

import { BlockNotFoundError, type BlockWriter, CID, codec } from "#model";
import type { BlockStore, Collection, Store } from "#storage";
import { makeTempFolder } from "#test/temp-folder";
import { numberedBlock } from "#test/test-blocks";

/** What the contract needs to know of an engine. */
export interface EngineUnderTest {
  open(folder: string): Promise<Store>;
  /** Copies the folder of an open store as a crash now would leave it. */
  crash(from: string, to: string, chance: () => boolean): void;
  /** Makes the index anew in a closed folder and checks that it is the same. */
  rebuild?(folder: string): Promise<void>;
  readonly runs: number;
}

const sizes = [0, 1, 40, 300, 300, 900, 2500, 70_000];
const pool = Array.from({ length: 24 }, (_, id) => numberedBlock(id, sizes[id] ?? id * 60));
const idOf = new Map(pool.map(({ cid }, id) => [cid.toString(), id]));

const id = fc.nat(pool.length - 1);
const ids = fc.array(id, { maxLength: 6 });
const slot = fc.nat(2);
const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ name: fc.constant("writerPut" as const), slot, ids }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constant("writerFlush" as const), slot }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("writerDispose" as const), slot }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constant("put" as const), id }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("putMany" as const), ids }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constant("delete" as const), id }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("deleteMany" as const), ids }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("read" as const), ids }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("beginCollection" as const) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("sweep" as const), live: ids }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("endCollection" as const) }) },
  { weight: 2, arbitrary: fc.record({ name: fc.constant("compact" as const) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("verify" as const) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("restart" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      name: fc.constant("crash" as const),
      chances: fc.infiniteStream(fc.boolean()),
    }),
  },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("rebuild" as const) }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** The contract of `BlockStore`, over any engine: against a model in memory, and what is easier said by hand. */
export function testBlockStore(title: string, engine: EngineUnderTest): void {
  describe(title, () => {
    test("behaves as its model, whatever is done with it", async () => {
      const commands = fc.array(command, { maxLength: 40 });
      const property = fc.asyncProperty(commands, (list) => runCommands(engine, list));
      await fc.assert(property, { numRuns: engine.runs });
    }, 60_000);

    test("answers identity CIDs from the CID itself", () =>
      withBlocks(engine, async (blocks) => {
        const cid = CID.parse("bafkqabtimvwgy3yk");
        await blocks.put(cid, Buffer.from("hello\n"));
        expect(await blocks.has(cid)).toBe(true);
        expect(Buffer.from((await blocks.read(cid)) ?? []).toString()).toBe("hello\n");
        expect((await blocks.stat()).blocks).toBe(0);
      }));

    test("finds a block by any CID of its multihash", () =>
      withBlocks(engine, async (blocks) => {
        const { cid, bytes } = numberedBlock(1, 100);
        await blocks.put(cid, bytes);
        const other = CID.createV1(codec.dagCbor, cid.multihash);
        const v0 = CID.createV1(codec.dagPb, cid.multihash).toV0();
        expect(await blocks.readBatch([other, v0])).toEqual([bytes, bytes]);
        expect(await blocks.sizeOf(v0)).toBe(100);
      }));

    test("speaks interface-blockstore", () =>
      withBlocks(engine, async (blocks) => {
        const { cid, bytes } = numberedBlock(1, 100);
        const parts = [bytes.subarray(0, 30), bytes.subarray(30)];
        expect(await Array.fromAsync(blocks.putMany([{ cid, bytes: parts }]))).toEqual([cid]);
        const [found] = await Array.fromAsync(blocks.getMany([cid]));
        expect(found?.cid).toEqual(cid);
        expect(Buffer.concat(await Array.fromAsync(found?.bytes ?? []))).toEqual(
          Buffer.from(bytes),
        );
        const all = await Array.fromAsync(blocks.getAll());
        expect(all.map((pair) => pair.cid.toString())).toEqual([cid.toString()]);
        await blocks.delete(cid);
        const get = Array.fromAsync(blocks.get(cid));
        await expect(get).rejects.toBeInstanceOf(BlockNotFoundError);
      }));

    test("has at most one collection", () =>
      withBlocks(engine, async (blocks) => {
        await using first = await blocks.beginCollection();
        await expect(blocks.beginCollection()).rejects.toMatchObject({
          code: "COLLECTION_RUNNING",
        });
        await first[Symbol.asyncDispose]();
        await using second = await blocks.beginCollection();
        expect(await Array.fromAsync(second.sweep(() => false))).toEqual([]);
      }));

    test("keeps what many writers put at once, while others delete and collect", () =>
      withBlocks(engine, async (blocks) => {
        const kept = Array.from({ length: 200 }, (_, number) => numberedBlock(number, 500));
        await Promise.all(
          Array.from({ length: 8 }, async (_, part) => {
            await using writer = blocks.openWriter();
            for (const [index, { cid, bytes }] of kept.entries()) {
              if (index % 4 === part % 4) await writer.put(cid, bytes);
              if (index % 50 === part) await writer.flush();
            }
            await using collection = await blocks.beginCollection().catch(() => undefined);
            await Array.fromAsync(collection?.sweep(() => false) ?? []);
            for (const [index, { cid }] of kept.entries()) {
              if (index % 4 === part % 4) expect(await blocks.has(cid)).toBe(true);
            }
          }),
        );
      }));
  });
}

async function withBlocks(
  engine: EngineUnderTest,
  use: (blocks: BlockStore) => Promise<void>,
): Promise<void> {
  using folder = makeTempFolder();
  await using store = await engine.open(folder.path);
  await use(store.blocks);
}

async function runCommands(engine: EngineUnderTest, commands: readonly Command[]): Promise<void> {
  const folders = [makeTempFolder()];
  const run = new Run(engine, folders);
  try {
    await run.open();
    for (const one of commands) await run.step(one);
    await run.check();
  } finally {
    await run.close();
    for (const folder of folders) folder[Symbol.dispose]();
  }
}

interface OpenWriter {
  readonly writer: BlockWriter;
  /** What it keeps from collections. */
  readonly ids: Set<number>;
  /** What its next flush makes certain. */
  readonly unflushed: Set<number>;
}

class Run {
  readonly #engine: EngineUnderTest;
  readonly #folders: { readonly path: string }[];
  #store: Store | undefined;
  /** What is there; true when it survives a crash. */
  readonly #here = new Map<number, boolean>();
  readonly #writers = new Map<number, OpenWriter>();
  /** `kept`: what writers that were open at its beginning had, and what was put since. */
  #collection:
    { readonly port: Collection; kept: Set<number>; readonly isStrict: boolean } | undefined;

  constructor(engine: EngineUnderTest, folders: { readonly path: string }[]) {
    this.#engine = engine;
    this.#folders = folders;
  }

  get #blocks(): BlockStore {
    if (this.#store === undefined) throw new Error("the store is closed");
    return this.#store.blocks;
  }

  get #folder(): string {
    return this.#folders.at(-1)?.path ?? "";
  }

  async open(): Promise<void> {
    this.#store = await this.#engine.open(this.#folder);
  }

  async close(): Promise<void> {
    for (const { writer } of this.#writers.values()) await writer[Symbol.asyncDispose]();
    this.#writers.clear();
    await this.#collection?.port[Symbol.asyncDispose]();
    this.#collection = undefined;
    await this.#store?.[Symbol.asyncDispose]();
    this.#store = undefined;
  }

  async step(one: Command): Promise<void> {
    switch (one.name) {
      case "writerPut":
        return this.#writerPut(one.slot, one.ids);
      case "writerFlush":
        return this.#writerFlush(one.slot);
      case "writerDispose":
        await this.#writers.get(one.slot)?.writer[Symbol.asyncDispose]();
        this.#writers.delete(one.slot);
        return;
      case "put":
        return this.#putAll([one.id]);
      case "putMany":
        return this.#putAll(one.ids);
      case "delete":
        return this.#deleteAll([one.id]);
      case "deleteMany":
        return this.#deleteAll(one.ids);
      case "read":
        return this.#read(one.ids);
      case "beginCollection":
        return this.#beginCollection();
      case "sweep":
        return this.#sweep(new Set(one.live));
      case "endCollection":
        await this.#collection?.port[Symbol.asyncDispose]();
        this.#collection = undefined;
        return;
      case "compact":
        await this.#blocks.compact();
        return;
      case "verify":
        return this.#verify();
      case "restart":
        await this.close();
        await this.open();
        return this.#adopt();
      case "crash":
        return this.#crash(one.chances);
      case "rebuild":
        await this.close();
        await this.#engine.rebuild?.(this.#folder);
        await this.open();
        return this.#adopt();
    }
  }

  /** Everything is as the model says. */
  async check(): Promise<void> {
    for (const [number, { cid, bytes }] of pool.entries()) {
      const isHere = this.#here.has(number);
      expect(await this.#blocks.has(cid)).toBe(isHere);
      expect(await this.#blocks.sizeOf(cid)).toBe(isHere ? bytes.length : undefined);
    }
    await this.#read([...pool.keys(), ...pool.keys()]);
    const listed = await Array.fromAsync(
      this.#blocks.list(),
      (cid) => idOf.get(cid.toString()) ?? -1,
    );
    expect(new Set(listed)).toEqual(new Set(this.#here.keys()));
    expect(listed.length).toBe(this.#here.size);
    expect((await this.#blocks.stat()).blocks).toBe(this.#here.size);
    await this.#verify();
  }

  async #writerPut(number: number, wanted: readonly number[]): Promise<void> {
    let open = this.#writers.get(number);
    if (open === undefined) {
      open = { writer: this.#blocks.openWriter(), ids: new Set(), unflushed: new Set() };
      this.#writers.set(number, open);
    }
    for (const [block, { cid, bytes }] of wanted.map((one) => [one, blockAt(one)] as const)) {
      await open.writer.put(cid, bytes);
      this.#note(block, false);
      open.ids.add(block);
      open.unflushed.add(block);
    }
  }

  async #writerFlush(number: number): Promise<void> {
    const open = this.#writers.get(number);
    await open?.writer.flush();
    for (const block of open?.unflushed ?? [])
      if (this.#here.has(block)) this.#here.set(block, true);
    open?.unflushed.clear();
  }

  #note(block: number, isDurable: boolean): void {
    this.#here.set(block, isDurable || this.#here.get(block) === true);
    this.#collection?.kept.add(block);
  }

  async #putAll(wanted: readonly number[]): Promise<void> {
    const [only] = wanted;
    if (wanted.length === 1 && only !== undefined) {
      const { cid, bytes } = blockAt(only);
      await this.#blocks.put(cid, bytes);
    } else await Array.fromAsync(this.#blocks.putMany(wanted.map(blockAt)));
    for (const block of wanted) this.#note(block, true);
  }

  async #deleteAll(wanted: readonly number[]): Promise<void> {
    const [only] = wanted;
    if (wanted.length === 1 && only !== undefined) await this.#blocks.delete(blockAt(only).cid);
    else {
      const cids = wanted.map((one) => blockAt(one).cid);
      await Array.fromAsync(this.#blocks.deleteMany(cids));
    }
    for (const block of wanted) {
      this.#here.delete(block);
      for (const { unflushed, ids: kept } of this.#writers.values()) {
        unflushed.delete(block);
        kept.delete(block);
      }
      this.#collection?.kept.delete(block);
    }
  }

  async #read(wanted: readonly number[]): Promise<void> {
    const expected = wanted.map((one) => (this.#here.has(one) ? blockAt(one).bytes : undefined));
    const cids = wanted.map((one) => blockAt(one).cid);
    const found = await this.#blocks.readBatch(cids);
    expect(found.map(asHex)).toEqual(expected.map(asHex));
    const [first] = cids;
    if (first !== undefined) expect(asHex(await this.#blocks.read(first))).toBe(asHex(expected[0]));
  }

  async #beginCollection(): Promise<void> {
    if (this.#collection !== undefined) return;
    const port = await this.#blocks.beginCollection();
    const kept = new Set([...this.#writers.values()].flatMap((open) => Array.from(open.ids)));
    this.#collection = { port, kept, isStrict: this.#writers.size === 0 };
  }

  async #sweep(live: ReadonlySet<number>): Promise<void> {
    const collection = this.#collection;
    if (collection === undefined) return;
    const hashes = new Set([...live].map((one) => asHex(blockAt(one).cid.multihash.bytes)));
    const isLive = (multihash: Uint8Array): boolean => hashes.has(asHex(multihash));
    for await (const cid of collection.port.sweep(isLive)) {
      const block = idOf.get(cid.toString()) ?? -1;
      expect(this.#here.has(block)).toBe(true);
      expect(live.has(block) || collection.kept.has(block)).toBe(false);
      this.#here.delete(block);
      expect(await this.#blocks.has(cid)).toBe(false);
    }
    if (!collection.isStrict) return;
    for (const block of this.#here.keys()) {
      expect(live.has(block) || collection.kept.has(block)).toBe(true);
    }
  }

  async #verify(): Promise<void> {
    const verified = await Array.fromAsync(this.#blocks.verify());
    expect(verified.filter(({ problem }) => problem !== undefined)).toEqual([]);
    expect(verified.length).toBe(this.#here.size);
  }

  async #crash(chances: fc.Stream<boolean>): Promise<void> {
    const next = makeTempFolder();
    const chance = (): boolean => chances.next().value ?? false;
    this.#engine.crash(this.#folder, next.path, chance);
    await this.close();
    this.#folders.push(next);
    await this.open();
    await this.#adopt();
  }

  /** What was not flushed may be there after a restart or not; from now on it is what it is. */
  async #adopt(): Promise<void> {
    for (const [block, { cid }] of pool.entries()) {
      if (this.#here.get(block) === false && !(await this.#blocks.has(cid)))
        this.#here.delete(block);
      if (this.#here.has(block)) this.#here.set(block, true);
    }
  }
}

function blockAt(number: number): (typeof pool)[number] {
  const block = pool[number];
  if (block === undefined) throw new Error(`there is no block ${number}`);
  return block;
}

function asHex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("hex");
}
