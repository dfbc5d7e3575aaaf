import { asError } from "#lib";
import { type Block, type BlockWriter, type CID, multihash, parseCid } from "#model";

import { blockPutAnswer, decode } from "./answers.ts";
import { blockPutQuery, formOf } from "./block-batch.ts";
import { BlockMemory } from "./block-memory.ts";
import { KuboDamagedError } from "./errors.ts";
import type { KuboRpc } from "./kubo-rpc.ts";

/** Bytes of a batch; with `batchesMax` also what a writer keeps in memory. */
const batchBytes = 2 * 1024 * 1024;
const batchBlocks = 1024;
/** Batches of one writer on their way at once. */
const batchesMax = 3;

export interface KuboWriterOptions {
  /** For the answer to a batch. */
  readonly timeoutMs: number;
  /** A text that no content holds by chance. */
  readonly boundary: string;
}

interface Batch {
  readonly blocks: Block[];
  sizeBytes: number;
}

/**
 * Puts blocks into a Kubo, in batches of blocks with the same kind of CID. What comes back is checked, hash by hash. A Kubo
 * has no lease: a collection of its garbage between the last block and the pin may take some.
 */
export class KuboWriter implements BlockWriter {
  readonly #rpc: KuboRpc;
  readonly #options: KuboWriterOptions;
  readonly #forming = new Map<string, Batch>();
  readonly #sending = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #memory = new BlockMemory();
  #formingBytes = 0;
  #failure: Error | undefined;

  constructor(rpc: KuboRpc, options: KuboWriterOptions) {
    this.#rpc = rpc;
    this.#options = options;
  }

  allocate(sizeBytes: number): Uint8Array {
    return this.#memory.lend(sizeBytes);
  }

  put(cid: CID, bytes: Uint8Array): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (cid.multihash.code === multihash.identity) return undefined; // the CID holds it
    const call = blockPutQuery(cid);
    if (call === undefined) {
      throw new KuboDamagedError("block/put", `no name for hash ${cid.multihash.code}`);
    }
    const batch = this.#forming.get(call) ?? { blocks: [], sizeBytes: 0 };
    this.#forming.set(call, batch);
    batch.blocks.push({ cid, bytes });
    batch.sizeBytes += bytes.length;
    this.#formingBytes += bytes.length;
    if (this.#formingBytes >= batchBytes) this.#sendLargest();
    else if (batch.blocks.length >= batchBlocks) this.#send(call, batch);
    return this.#sending.size < batchesMax ? undefined : this.#room();
  }

  async flush(): Promise<void> {
    for (const [call, batch] of this.#forming) {
      await this.#room();
      this.#send(call, batch);
    }
    await Promise.all(this.#sending);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#forming.clear();
    this.#closing.abort(new Error("the add is over"));
    await Promise.all(this.#sending);
  }

  /** Waits until one more batch may be sent. */
  async #room(): Promise<void> {
    while (this.#sending.size >= batchesMax) await Promise.race(this.#sending);
    if (this.#failure !== undefined) throw this.#failure;
  }

  #sendLargest(): void {
    let largest: readonly [string, Batch] | undefined;
    for (const entry of this.#forming) {
      if (largest === undefined || entry[1].sizeBytes > largest[1].sizeBytes) largest = entry;
    }
    if (largest !== undefined) this.#send(...largest);
  }

  #send(call: string, batch: Batch): void {
    this.#forming.delete(call);
    this.#formingBytes -= batch.sizeBytes;
    const sending = this.#put(call, batch.blocks)
      .catch((cause: unknown) => {
        this.#failure ??= asError(cause);
      })
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #put(call: string, blocks: readonly Block[]): Promise<void> {
    const { signal } = this.#closing;
    const { timeoutMs, boundary } = this.#options;
    const options = { signal, timeoutMs, body: formOf(blocks, boundary) };
    let count = 0;
    for await (const line of this.#rpc.lines(call, options)) {
      const { Key } = decode(blockPutAnswer, line, call);
      const wanted = blocks[count]?.cid;
      count += 1;
      if (wanted !== undefined && hasSameHash(parseCid(Key), wanted)) continue;
      throw new KuboDamagedError(call, `it took ${String(wanted)} for ${Key}`);
    }
    if (count !== blocks.length) {
      throw new KuboDamagedError(call, `it took ${count} of ${blocks.length} blocks`);
    }
    for (const { bytes } of blocks) this.#memory.takeBack(bytes);
  }
}

function hasSameHash(one: CID, other: CID): boolean {
  return Buffer.compare(one.multihash.bytes, other.multihash.bytes) === 0;
}
