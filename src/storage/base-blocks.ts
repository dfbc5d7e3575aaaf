import type { InputPair, Pair } from "interface-blockstore";

import {
  BlockNotFoundError,
  type BlockSource,
  type BlockWriter,
  type CID,
  type SignalOptions,
} from "#model";

import type { BlockStore } from "./ports.ts";

type BlockBytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** The calls of interface-blockstore by those that an engine brings. */
export abstract class BaseBlocks {
  abstract has(cid: CID): Promise<boolean>;
  abstract read(cid: CID, options?: SignalOptions): Promise<Uint8Array | undefined>;
  abstract openWriter(): BlockWriter;
  abstract list(options?: SignalOptions): AsyncIterable<CID>;
  /** Removes several, durably. */
  protected abstract remove(cids: readonly CID[]): Promise<void>;

  /** Durable when it resolves. */
  async put(cid: CID, bytes: BlockBytes, options?: SignalOptions): Promise<CID> {
    options?.signal?.throwIfAborted();
    await using writer = this.openWriter();
    await writer.put(cid, await joined(bytes));
    await writer.flush();
    return cid;
  }

  /** Yields each CID as its block is taken. They are durable when the generator has ended. */
  async *putMany(
    source: Iterable<InputPair> | AsyncIterable<InputPair>,
    options?: SignalOptions,
  ): AsyncGenerator<CID> {
    await using writer = this.openWriter();
    for await (const { cid, bytes } of source) {
      options?.signal?.throwIfAborted();
      await writer.put(cid, await joined(bytes));
      yield cid;
    }
    await writer.flush();
  }

  /** @throws {BlockNotFoundError} */
  async *get(cid: CID, options?: SignalOptions): AsyncGenerator<Uint8Array> {
    const bytes = await this.read(cid, options);
    if (bytes === undefined) throw new BlockNotFoundError(cid.toString(), true);
    yield bytes;
  }

  async *getMany(
    source: Iterable<CID> | AsyncIterable<CID>,
    options?: SignalOptions,
  ): AsyncGenerator<Pair> {
    for await (const cid of source) yield { cid, bytes: this.get(cid, options) };
  }

  /** Every block, as raw CIDv1 of its multihash. */
  async *getAll(options?: SignalOptions): AsyncGenerator<Pair> {
    for await (const cid of this.list(options)) yield { cid, bytes: this.get(cid, options) };
  }

  /** Durable when it resolves; does nothing when there is no such block. */
  async delete(cid: CID, options?: SignalOptions): Promise<void> {
    options?.signal?.throwIfAborted();
    await this.remove([cid]);
  }

  async *deleteMany(
    source: Iterable<CID> | AsyncIterable<CID>,
    options?: SignalOptions,
  ): AsyncGenerator<CID> {
    for await (const cid of source) {
      await this.delete(cid, options);
      yield cid;
    }
  }
}

/** The store as a source that fetches nothing. */
export function sourceOf(blocks: BlockStore): BlockSource {
  return {
    get: async (cid, options) => (await blocks.read(cid, options)) ?? missing(cid),
    getBatch: async (cids, options) => {
      const found = await blocks.readBatch(cids, options);
      return found.map((bytes, index) => bytes ?? missing(cids[index]));
    },
    has: (cid) => blocks.has(cid),
  };
}

function missing(cid: CID | undefined): never {
  throw new BlockNotFoundError(String(cid), true);
}

async function joined(bytes: BlockBytes): Promise<Uint8Array> {
  if (bytes instanceof Uint8Array) return bytes;
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
}
