import { type BlockWriter, type CID, multihash } from "#model";

import { StorageClosedError } from "../errors.ts";
import type { Lease, Leases } from "../leases.ts";
import type { WriteBuffer } from "./write-buffer.ts";

/** One add in progress. After a failed write every writer with blocks in it fails for good. */
export class LevelWriter implements BlockWriter {
  readonly #buffer: WriteBuffer;
  readonly #leases: Leases;
  readonly #lease: Lease;
  readonly #onDispose: (writer: LevelWriter) => void;
  /** The batches that its blocks are in, first and last, of those that are not durable. */
  #firstBatch = Number.POSITIVE_INFINITY;
  #lastBatch = 0;
  #failure: Error | undefined;

  constructor(
    deps: { readonly buffer: WriteBuffer; readonly leases: Leases },
    onDispose: (writer: LevelWriter) => void,
  ) {
    this.#buffer = deps.buffer;
    this.#leases = deps.leases;
    this.#lease = deps.leases.begin(Number.POSITIVE_INFINITY);
    this.#onDispose = onDispose;
  }

  /** @throws {StorageFullError} {StorageWriteError} */
  put(cid: CID, bytes: Uint8Array): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (cid.multihash.code === multihash.identity) return undefined;
    // a writer that has put too many to remember keeps everything
    if (!this.#leases.keep(this.#lease, cid.multihash.bytes, 0)) this.#leases.cut(0);
    const batch = this.#buffer.add(cid.multihash.bytes, bytes);
    if (this.#buffer.durableBatch >= this.#lastBatch) this.#firstBatch = batch;
    this.#lastBatch = batch;
    return this.#buffer.room();
  }

  async flush(): Promise<void> {
    if (this.#failure === undefined) await this.#buffer.flush(this.#lastBatch);
    if (this.#failure !== undefined) throw this.#failure;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= new StorageClosedError("writer");
    this.#leases.end(this.#lease);
    this.#onDispose(this);
    return Promise.resolve();
  }

  batchFailed(batch: number, error: Error): void {
    if (this.#firstBatch <= batch && batch <= this.#lastBatch) this.#failure ??= error;
  }
}
