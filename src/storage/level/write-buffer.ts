import { type BlockKey, blockKeyOf } from "../block-key.ts";

type Blocks = ReadonlyMap<BlockKey, Uint8Array>;

/**
 * Blocks that are put but not written. They are written in numbered batches, one at a time: what is put while one is
 * written goes to the next, so that all who flush meanwhile share one sync.
 */
export class WriteBuffer {
  readonly #deps: {
    /** @throws when there is no room for so many bytes. */
    reserve(sizeBytes: number): void;
    write(blocks: Blocks): Promise<void>;
    onFailed(batch: number, error: unknown): void;
  };
  readonly #windowBytes: number;
  #blocks = new Map<BlockKey, Uint8Array>();
  #sizeBytes = 0;
  #batch = 1;
  #writing: { readonly blocks: Blocks; readonly done: Promise<void> } | undefined;
  #durableBatch = 0;

  constructor(
    deps: {
      reserve(sizeBytes: number): void;
      write(blocks: Blocks): Promise<void>;
      onFailed(batch: number, error: unknown): void;
    },
    windowBytes: number,
  ) {
    this.#deps = deps;
    this.#windowBytes = windowBytes;
  }

  /** All batches up to this one are written, or have failed. */
  get durableBatch(): number {
    return this.#durableBatch;
  }

  keys(): readonly BlockKey[] {
    return [...new Set([...(this.#writing?.blocks.keys() ?? []), ...this.#blocks.keys()])];
  }

  get(key: BlockKey): Uint8Array | undefined {
    return this.#blocks.get(key) ?? this.#writing?.blocks.get(key);
  }

  /** Answers the batch that the block will be written with. */
  add(multihash: Uint8Array, bytes: Uint8Array): number {
    const key = blockKeyOf(multihash);
    if (!this.#blocks.has(key)) {
      this.#deps.reserve(bytes.length + key.length);
      this.#blocks.set(key, bytes);
      this.#sizeBytes += bytes.length + key.length;
    }
    return this.#batch;
  }

  room(): Promise<void> | undefined {
    if (this.#sizeBytes < this.#windowBytes / 2) return undefined;
    if (this.#writing === undefined) this.#begin();
    return this.#sizeBytes < this.#windowBytes ? undefined : this.#writing?.done;
  }

  /** Resolves when the batch is written or has failed; the writers concerned know which. */
  async flush(batch: number): Promise<void> {
    while (this.#durableBatch < batch) {
      if (this.#writing === undefined) this.#begin();
      await this.#writing?.done;
    }
  }

  flushAll(): Promise<void> {
    return this.flush(this.#blocks.size > 0 ? this.#batch : this.#batch - 1);
  }

  #begin(): void {
    const blocks = this.#blocks;
    const batch = this.#batch;
    this.#blocks = new Map();
    this.#sizeBytes = 0;
    this.#batch += 1;
    this.#writing = { blocks, done: this.#write(blocks, batch) };
  }

  async #write(blocks: Blocks, batch: number): Promise<void> {
    try {
      await this.#deps.write(blocks);
    } catch (error) {
      this.#deps.onFailed(batch, error);
    }
    this.#writing = undefined;
    this.#durableBatch = batch;
  }
}
