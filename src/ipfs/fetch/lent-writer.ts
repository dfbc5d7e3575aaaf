import { asError } from "#lib";
import type { BlockSink, BlockWriter, CID } from "#model";

/**
 * A sink that keeps what is put from collections for a while: it opens a writer with the first block, and after every
 * `leaseBytes` a new one, so that one that is long at work does not stop collections from taking what others left.
 * Blocks of finished writers are for the collector to find, through the roots under way.
 */
export class LentWriter implements BlockSink, AsyncDisposable {
  readonly #open: () => BlockWriter;
  readonly #leaseBytes: number;
  #writer: BlockWriter | undefined;
  #bytes = 0;
  /** Writers that are being flushed, one after the other. */
  #finishing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  constructor(open: () => BlockWriter, leaseBytes: number) {
    this.#open = open;
    this.#leaseBytes = leaseBytes;
  }

  /** Why something that was put is lost; the first such reason. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** All writers of a store lend from the same. */
  allocate(sizeBytes: number): Uint8Array | undefined {
    return this.#writer?.allocate?.(sizeBytes);
  }

  put(cid: CID, bytes: Uint8Array): void | Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      if (this.#bytes > this.#leaseBytes) this.#retire();
      this.#writer ??= this.#open();
      this.#bytes += bytes.length;
      return this.#writer.put(cid, bytes);
    } catch (cause) {
      this.#failure ??= asError(cause);
      throw cause;
    }
  }

  /** Resolves when everything put so far survives a power cut. @throws what a put or a flush has failed with */
  async flush(): Promise<void> {
    await this.#finishing;
    if (this.#failure !== undefined) throw this.#failure;
    await this.#writer?.flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#finishing;
    await this.#writer?.[Symbol.asyncDispose]();
    this.#writer = undefined;
  }

  #retire(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    this.#bytes = 0;
    if (writer === undefined) return;
    this.#finishing = this.#finishing.then(() => this.#finish(writer));
  }

  async #finish(writer: BlockWriter): Promise<void> {
    try {
      await writer.flush();
    } catch (cause) {
      this.#failure ??= asError(cause);
    }
    await writer[Symbol.asyncDispose]();
  }
}
