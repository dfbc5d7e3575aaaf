import type { BlockWriter, CID } from "#model";
import { multihash as multihashCode } from "#model";

import { blockKeyOf } from "../block-key.ts";
import { StorageClosedError } from "../errors.ts";
import type { Lease, Leases } from "../leases.ts";
import type { Appender } from "./appender.ts";
import type { BlockIndex } from "./block-index.ts";
import type { BufferPool } from "./buffer-pool.ts";
import type { Origin, PendingBlocks } from "./pending-blocks.ts";
import { endPositionOf } from "./place.ts";
import { startPositionOf } from "./section.ts";

export interface LogWriterDeps {
  readonly appender: Appender;
  readonly index: BlockIndex;
  readonly pending: PendingBlocks;
  readonly leases: Leases;
  readonly buffers: BufferPool;
  /** A promise when too many blocks wait to be indexed. */
  indexRoom(): Promise<void> | undefined;
  onDispose(writer: LogWriter): void;
}

/**
 * One add in progress. When a write fails, every writer with blocks in the lost part fails for good: its `put` and
 * `flush` throw the reason from then on, and a new writer has to put everything again.
 */
export class LogWriter implements BlockWriter {
  readonly #deps: LogWriterDeps;
  readonly #lease: Lease;
  /** What was put, or found waiting, ends here. */
  #needsPosition = 0;
  #failure: Error | undefined;

  constructor(deps: LogWriterDeps) {
    this.#deps = deps;
    this.#lease = deps.leases.begin(deps.appender.position);
  }

  allocate(sizeBytes: number): Uint8Array | undefined {
    return this.#deps.buffers.take(sizeBytes);
  }

  /** @throws {StorageFullError} {StorageWriteError} */
  put(cid: CID, bytes: Uint8Array): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (cid.multihash.code === multihashCode.identity) return undefined;
    const multihash = cid.multihash.bytes;
    const key = blockKeyOf(multihash);
    const origin = this.#originOf(multihash, key);
    if (origin === undefined) {
      this.#deps.buffers.give(bytes);
      return undefined;
    }
    const { appender } = this.#deps;
    const block = appender.append({ key, cid: cid.bytes, bytes, origin });
    this.#needsPosition = Math.max(this.#needsPosition, endPositionOf(block));
    return appender.room() ?? this.#deps.indexRoom();
  }

  async flush(): Promise<void> {
    if (this.#failure === undefined) await this.#deps.appender.flush(this.#needsPosition);
    if (this.#failure !== undefined) throw this.#failure;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= new StorageClosedError("writer");
    this.#deps.leases.end(this.#lease);
    this.#deps.onDispose(this);
    return Promise.resolve();
  }

  /** What lies at or after the position is lost. */
  cut(position: number, error: Error): void {
    if (this.#needsPosition > position) this.#failure ??= error;
  }

  /** Why to store the block; undefined when it is here and kept. */
  #originOf(multihash: Uint8Array, key: string): Origin | undefined {
    const { index, leases, pending } = this.#deps;
    const waiting = pending.get(key);
    if (waiting !== undefined) {
      if (!leases.keep(this.#lease, multihash, startPositionOf(waiting))) return "again";
      this.#needsPosition = Math.max(this.#needsPosition, endPositionOf(waiting));
      return undefined;
    }
    const place = index.find(multihash, key);
    if (place !== undefined && leases.keep(this.#lease, multihash, startPositionOf(place))) {
      return undefined;
    }
    // a block that is being removed is in LevelDB still
    return place !== undefined || index.isBeingRemoved(key) ? "again" : "new";
  }
}
