import { CidSet } from "#dag";
import type { BlockWriter, CID } from "#model";

import { AddNotPossibleError } from "./errors.ts";
import { listNodes } from "./shard-nodes.ts";

/** A part of an add that is full, and written. */
export interface Shard {
  readonly index: number;
  /** The root of the list of its blocks. */
  readonly cid: CID;
  readonly sizeBytes: number;
  /** The list has a level between root and blocks. */
  readonly isDeep: boolean;
  readonly previous: CID | undefined;
}

/** Where shards go: durable blocks stand behind each. */
type OnShard = (shard: Shard) => Promise<void>;

/**
 * Hands blocks on and gathers them into shards of less than a size, in the order in which they come. Memory: a `CidSet`
 * of all blocks, and the links of the shard that is being filled.
 */
export class ShardedSink {
  readonly #writer: BlockWriter;
  readonly #limitBytes: number;
  readonly #onShard: OnShard;
  readonly #seen = new CidSet();
  readonly #shards: CID[] = [];
  #links: CID[] = [];
  #sizeBytes = 0;
  #totalBytes = 0;

  constructor(
    writer: BlockWriter,
    options: { readonly limitBytes: number; readonly onShard: OnShard },
  ) {
    this.#writer = writer;
    this.#limitBytes = options.limitBytes;
    this.#onShard = options.onShard;
  }

  /** All shards together, without their lists. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  allocate(sizeBytes: number): Uint8Array | undefined {
    return this.#writer.allocate?.(sizeBytes);
  }

  /** @throws {AddNotPossibleError} when a block is larger than a shard */
  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    const isNew = this.#seen.add(cid);
    if (isNew && this.#sizeBytes + bytes.length >= this.#limitBytes)
      await this.#close(bytes.length);
    if (isNew) {
      this.#links.push(cid);
      this.#sizeBytes += bytes.length;
    }
    await this.#writer.put(cid, bytes);
  }

  /** Closes the last shard and writes the list of all; answers its root. */
  async finish(): Promise<CID> {
    await this.#flush();
    const nodes = listNodes(this.#shards);
    for (const { cid, bytes } of nodes) await this.#writer.put(cid, bytes);
    await this.#writer.flush();
    return nodes[0].cid;
  }

  async #close(nextBytes: number): Promise<void> {
    if (this.#sizeBytes > 0) await this.#flush();
    if (nextBytes < this.#limitBytes) return;
    throw new AddNotPossibleError("block doesn't fit in empty shard: shard size too small?");
  }

  async #flush(): Promise<void> {
    const nodes = listNodes(this.#links);
    for (const { cid, bytes } of nodes) await this.#writer.put(cid, bytes);
    await this.#writer.flush();
    const { cid } = nodes[0];
    const [index, previous, sizeBytes] = [
      this.#shards.length,
      this.#shards.at(-1),
      this.#sizeBytes,
    ];
    this.#shards.push(cid);
    this.#totalBytes += sizeBytes;
    this.#links = [];
    this.#sizeBytes = 0;
    await this.#onShard({ index, cid, sizeBytes, isDeep: nodes.length > 1, previous });
  }
}
