import { join } from "node:path";

import { LevelBlockstore } from "blockstore-level";
import { base32upper } from "multiformats/bases/base32";

import { type CID, multihash, type SignalOptions } from "#model";

import { BaseBlocks } from "../base-blocks.ts";
import { type BlockKey, blockKeyOf, multihashOf } from "../block-key.ts";
import { SweepingCollection, type SweptBlocks } from "../collection.ts";
import type { Disk } from "../disk.ts";
import { CollectionRunningError, StorageClosedError } from "../errors.ts";
import { FreeSpace } from "../free-space.ts";
import { Leases } from "../leases.ts";
import type { StoreOptions } from "../options.ts";
import type {
  BlockStore,
  BlockStoreStat,
  Collection,
  CompactionResult,
  VerifiedBlock,
} from "../ports.ts";
import { rawCidOf } from "../raw-cid.ts";
import { Serial } from "../serial.ts";
import { LevelWriter } from "./level-writer.ts";
import { WriteBuffer } from "./write-buffer.ts";

/** Keys of one page of a walk; values are read one by one. */
const pageKeysMax = 1000;

/** Opens a `LevelBlockstore` in `<folder>/blocks-level`. */
export async function openLevelBlocks(folder: string, options: StoreOptions): Promise<BlockStore> {
  const location = join(folder, "blocks-level");
  const store = new LevelBlockstore(location);
  await store.open();
  return new LevelBlocks(store, location, options);
}

/** The package's store, with writers, leases and collections around it. Blocks are batched by us, in its layout. */
class LevelBlocks extends BaseBlocks implements BlockStore {
  readonly #store: LevelBlockstore;
  readonly #options: StoreOptions;
  readonly #folder: string;
  readonly #buffer: WriteBuffer;
  readonly #leases: Leases;
  readonly #changes = new Serial();
  readonly #writers = new Set<LevelWriter>();
  #diskBytes: number;
  #isCollecting = false;
  #isClosed = false;

  constructor(store: LevelBlockstore, folder: string, options: StoreOptions) {
    super();
    this.#store = store;
    this.#options = options;
    this.#folder = folder;
    this.#leases = new Leases(options.leasedBlocksMax);
    this.#diskBytes = sizeOfFiles(options.disk, folder);
    const space = new FreeSpace(
      { disk: options.disk, files: { folder, totalBytes: () => this.#diskBytes } },
      options,
      () => 0,
    );
    this.#buffer = new WriteBuffer(
      {
        reserve: (sizeBytes) => {
          space.take(sizeBytes);
          this.#diskBytes += sizeBytes;
        },
        write: (blocks) => this.#changes.run(() => this.#write(blocks)),
        onFailed: (batch, cause) => {
          const error = space.explain(cause, "write blocks", 0);
          for (const writer of this.#writers) writer.batchFailed(batch, error);
        },
      },
      options.writeWindowBytes,
    );
  }

  async has(cid: CID): Promise<boolean> {
    if (cid.multihash.code === multihash.identity) return true;
    const { bytes } = cid.multihash;
    return this.#buffer.get(blockKeyOf(bytes)) !== undefined || this.#store.db.has(levelKey(bytes));
  }

  async read(cid: CID, options?: SignalOptions): Promise<Uint8Array | undefined> {
    options?.signal?.throwIfAborted();
    if (cid.multihash.code === multihash.identity) return cid.multihash.digest;
    const waiting = this.#buffer.get(blockKeyOf(cid.multihash.bytes));
    return waiting ?? readStored(this.#store, cid);
  }

  readBatch(
    cids: readonly CID[],
    options?: SignalOptions,
  ): Promise<readonly (Uint8Array | undefined)[]> {
    return Promise.all(cids.map((cid) => this.read(cid, options)));
  }

  async sizeOf(cid: CID): Promise<number | undefined> {
    return (await this.read(cid))?.length;
  }

  openWriter(): LevelWriter {
    if (this.#isClosed) throw new StorageClosedError("store");
    const deps = { buffer: this.#buffer, leases: this.#leases };
    const writer = new LevelWriter(deps, (disposed) => this.#writers.delete(disposed));
    this.#writers.add(writer);
    return writer;
  }

  flush(): Promise<void> {
    return this.#buffer.flushAll();
  }

  async beginCollection(): Promise<Collection> {
    if (this.#isCollecting) throw new CollectionRunningError();
    this.#isCollecting = true;
    await this.#buffer.flushAll();
    const lease = this.#leases.beginCollection(Number.POSITIVE_INFINITY);
    const blocks: SweptBlocks = {
      pages: () => this.#pages(),
      remove: async (keys, mayRemove) => (await this.#remove(keys, mayRemove)).removed,
    };
    return new SweepingCollection(blocks, lease, () => {
      this.#isCollecting = false;
      this.#leases.endCollection();
    });
  }

  async *list(options: SignalOptions = {}): AsyncGenerator<CID> {
    const waiting = new Set(this.#buffer.keys());
    for (const key of waiting) yield rawCidOf(multihashOf(key));
    for await (const page of this.#pages()) {
      options.signal?.throwIfAborted();
      for (const [key] of page) if (!waiting.has(key)) yield rawCidOf(multihashOf(key));
    }
  }

  /** Reads every block: this engine keeps no statistics. */
  async stat(): Promise<BlockStoreStat> {
    let blocks = 0;
    let liveBytes = 0;
    for await (const cid of this.list()) {
      const size = await this.sizeOf(cid);
      if (size === undefined) continue;
      blocks += 1;
      liveBytes += size;
    }
    this.#diskBytes = sizeOfFiles(this.#options.disk, this.#folder);
    return { blocks, liveBytes, diskBytes: this.#diskBytes, segments: 0 };
  }

  async *verify(options: SignalOptions = {}): AsyncGenerator<VerifiedBlock> {
    for await (const cid of this.list(options)) {
      const bytes = await this.read(cid, options);
      if (bytes !== undefined) yield { cid, problem: this.#options.verifyBlock(cid, bytes) };
    }
  }

  /** LevelDB does that by itself. */
  compact(): Promise<CompactionResult> {
    return Promise.resolve({ segmentsRewritten: 0, bytesFreed: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#buffer.flushAll();
    await this.#changes.idle();
    await this.#store.close();
  }

  protected async remove(cids: readonly CID[]): Promise<void> {
    let keys: readonly BlockKey[] = cids.map((cid) => blockKeyOf(cid.multihash.bytes));
    while (keys.length > 0) {
      await this.#buffer.flushAll();
      keys = (await this.#remove(keys, () => true)).waiting;
    }
  }

  async #write(blocks: ReadonlyMap<BlockKey, Uint8Array>): Promise<void> {
    const { db } = this.#store;
    const batch = db.batch();
    const entries = [...blocks].map(([key, bytes]) => [levelKey(multihashOf(key)), bytes] as const);
    const isThere = await db.hasMany(entries.map(([name]) => name));
    for (const [index, [name, bytes]] of entries.entries()) {
      if (isThere[index] !== true) batch.put(name, bytes);
    }
    await batch.write({ sync: true });
  }

  /** What waits to be written stays. */
  #remove(
    keys: readonly BlockKey[],
    mayRemove: (key: BlockKey, position: number) => boolean,
  ): Promise<{ readonly removed: readonly BlockKey[]; readonly waiting: readonly BlockKey[] }> {
    return this.#changes.run(async () => {
      const waiting = keys.filter((key) => this.#buffer.get(key) !== undefined);
      const removed = keys.filter(
        (key) => this.#buffer.get(key) === undefined && mayRemove(key, 0),
      );
      const batch = this.#store.db.batch();
      for (const key of removed) batch.del(levelKey(multihashOf(key)));
      await batch.write({ sync: true });
      return { removed, waiting };
    });
  }

  /** Stored keys; the position is the same for all, since this engine has no log. */
  async *#pages(): AsyncGenerator<readonly (readonly [BlockKey, number])[]> {
    let gt = "/";
    for (;;) {
      const page = await this.#store.db.keys({ gt, lt: "0", limit: pageKeysMax }).all();
      yield page.map((key) => [blockKeyOf(base32upper.decode(key.slice(1))), 0] as const);
      const last = page.at(-1);
      if (last === undefined || page.length < pageKeysMax) return;
      gt = last;
    }
  }
}

/** The package's layout of keys. */
function levelKey(multihashBytes: Uint8Array): string {
  return `/${base32upper.encode(multihashBytes)}`;
}

async function readStored(store: LevelBlockstore, cid: CID): Promise<Uint8Array | undefined> {
  try {
    for await (const bytes of store.get(cid)) return bytes;
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === "NotFoundError") return undefined;
    throw error;
  }
}

function sizeOfFiles(disk: Disk, folder: string): number {
  let total = 0;
  for (const name of disk.list(folder)) {
    const file = disk.open(join(folder, name), "read");
    total += file.sizeBytes();
    file.close();
  }
  return total;
}
