import { BlockNotFoundError, type BlockSink, type BlockSource, type CID, parseCid } from "#model";

/** Blocks in a Map by CID text, that remembers what was asked of it. Answers in a later microtask, like a store. */
export class MemoryBlocks implements BlockSource, BlockSink {
  readonly blocks = new Map<string, Uint8Array>();
  /** Every CID that was read, in order. */
  readonly reads: string[] = [];
  /** How many CIDs each `getBatch` asked for. */
  readonly batches: number[] = [];

  put(cid: CID, bytes: Uint8Array): void {
    this.blocks.set(cid.toString(), bytes);
  }

  async get(cid: CID): Promise<Uint8Array> {
    const key = cid.toString();
    this.reads.push(key);
    const bytes = this.blocks.get(key);
    if (bytes === undefined) throw new BlockNotFoundError(key, true);
    return bytes;
  }

  async getBatch(cids: readonly CID[]): Promise<readonly Uint8Array[]> {
    this.batches.push(cids.length);
    return Promise.all(cids.map((cid) => this.get(cid)));
  }

  async has(cid: CID): Promise<boolean> {
    return this.blocks.has(cid.toString());
  }

  cids(): readonly CID[] {
    return [...this.blocks.keys()].map(parseCid);
  }
}
