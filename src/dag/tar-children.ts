import type { BlockSource, CID, SignalOptions } from "#model";

import type { DirectoryEntry } from "./ports.ts";
import { getBlock, getBlocks } from "./well-known.ts";

export interface TarChild {
  readonly name: string;
  readonly cid: CID;
  readonly bytes: Uint8Array;
}

const windowEntries = 16;
/** Announced bytes of a window; of a large file only the first block is read with its neighbours. */
const windowBytes = 2 * 1024 * 1024;
const firstBlockBytes = 256 * 1024;
/** What a directory keeps while its subdirectories are written. */
const keptBytes = 128 * 1024;

/** A directory's entries with their first blocks, which are read in windows: small files lie together. */
export class TarChildren {
  readonly #source: BlockSource;
  readonly #entries: AsyncIterator<DirectoryEntry>;
  readonly #options: SignalOptions;
  #window: (Omit<TarChild, "bytes"> & { readonly bytes: Uint8Array | undefined })[] = [];

  constructor(source: BlockSource, entries: AsyncIterable<DirectoryEntry>, options: SignalOptions) {
    this.#source = source;
    this.#entries = entries[Symbol.asyncIterator]();
    this.#options = options;
  }

  async next(): Promise<TarChild | undefined> {
    if (this.#window.length === 0) await this.#fill();
    const entry = this.#window.shift();
    if (entry === undefined) return undefined;
    const { name, cid } = entry;
    return { name, cid, bytes: entry.bytes ?? (await getBlock(this.#source, cid, this.#options)) };
  }

  /** Lets go of blocks that are many bytes; they are read again. */
  shrink(): void {
    let sum = 0;
    for (const entry of this.#window) sum += entry.bytes?.length ?? 0;
    if (sum <= keptBytes) return;
    this.#window = this.#window.map(({ name, cid }) => ({ name, cid, bytes: undefined }));
  }

  async #fill(): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const entries: DirectoryEntry[] = [];
    let bytes = 0;
    while (entries.length < windowEntries && bytes < windowBytes) {
      const next = await this.#entries.next();
      if (next.done === true) break;
      entries.push(next.value);
      bytes += Math.min(next.value.tsize, firstBlockBytes);
    }
    const cids = entries.map((entry) => entry.cid);
    const blocks = await getBlocks(this.#source, cids, this.#options);
    this.#window = entries.map(({ name, cid }, index) => ({ name, cid, bytes: blocks[index] }));
  }
}
