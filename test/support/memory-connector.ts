import type { IpfsConnector, PinProgress } from "#cluster";
import { linksOf, resolvePath } from "#dag";
import { abortReason } from "#lib";
import {
  BlockNotFoundError,
  type BlockWriter,
  type CID,
  parseCid,
  parseContentPath,
  type Pin,
  type PinMode,
} from "#model";

import { MemoryBlocks } from "./memory-blocks.ts";

type PinOptions = NonNullable<Parameters<IpfsConnector["pin"]>[1]>;

/**
 * An IPFS node in memory. Content that is not here is waited for until `arrive` brings it, or the signal is aborted.
 * `calls` has what was asked, in order; an entry of `problems` makes calls with that CID fail.
 */
export class MemoryConnector implements IpfsConnector {
  readonly blocks = new MemoryBlocks();
  readonly records = new Map<string, PinMode>();
  readonly calls: string[] = [];
  readonly problems = new Map<string, Error>();
  /** Pins under way at once, and the most there ever were. */
  readonly running = { now: 0, most: 0 };
  writersOpen = 0;
  #waiting: (() => void)[] = [];

  async id(): Promise<{ readonly id: string; readonly addresses: readonly string[] }> {
    return { id: "12D3KooWKw3PYVDXZi9ab2A7deupsoh436tJnsA8qj478GBD4AUc", addresses: [] };
  }

  async pin(pin: Pin, options: PinOptions = {}): Promise<void> {
    this.calls.push(`pin${options.isLocalOnly === true ? " local" : ""} ${pin.cid.toString()}`);
    if (options.isLocalOnly !== true) this.running.now += 1;
    this.running.most = Math.max(this.running.most, this.running.now);
    try {
      this.#checkProblem(pin.cid);
      await this.#whole(pin, options);
      options.signal?.throwIfAborted();
      await this.pinWritten(pin);
    } finally {
      if (options.isLocalOnly !== true) this.running.now -= 1;
    }
  }

  async linksOf(cid: CID): Promise<readonly CID[]> {
    return linksOf(cid, await this.blocks.get(cid));
  }

  async pinWritten(pin: Pin): Promise<void> {
    this.#checkProblem(pin.cid);
    this.records.set(pin.cid.toString(), pin.maxDepth === 0 ? "direct" : "recursive");
  }

  async unpin(cid: CID): Promise<void> {
    this.calls.push(`unpin ${cid.toString()}`);
    this.#checkProblem(cid);
    this.records.delete(cid.toString());
  }

  pinProgress(): PinProgress {
    const nothing = { totalBlocks: 0, totalBytes: 0, blocks: 0, bytes: 0, lastBlockAt: undefined };
    return { ...nothing, providers: 0, waiting: "no provider was found yet" };
  }

  async pinStatus(cid: CID): Promise<PinMode | undefined> {
    return this.records.get(cid.toString());
  }

  hasBlock(cid: CID): Promise<boolean> {
    return this.blocks.has(cid);
  }

  async *pinList(): AsyncGenerator<{ readonly cid: CID; readonly mode: PinMode }> {
    for (const [text, mode] of this.records) yield { cid: parseCid(text), mode };
  }

  async resolve(path: string): Promise<CID> {
    const parsed = parseContentPath(path);
    if (parsed.cid === undefined) throw new Error(`cannot resolve ${path}`);
    if (parsed.segments.length === 0) return parsed.cid;
    return (await resolvePath(this.blocks, parsed)).cid;
  }

  async repoStat(): Promise<{ readonly repoSize: number; readonly storageMax: number }> {
    return { repoSize: 1000, storageMax: 10_000_000_000 };
  }

  openWriter(): BlockWriter {
    this.writersOpen += 1;
    return {
      put: (cid, bytes) => this.blocks.put(cid, bytes),
      flush: () => Promise.resolve(),
      [Symbol.asyncDispose]: async () => {
        this.writersOpen -= 1;
      },
    };
  }

  async *collectGarbage(): AsyncGenerator<CID> {
    const live = new Set<string>();
    for (const [root, mode] of this.records) await this.#mark(parseCid(root), mode, live);
    for (const cid of this.blocks.cids()) {
      if (live.has(cid.toString())) continue;
      this.blocks.blocks.delete(cid.toString());
      yield cid;
    }
  }

  /** Brings a block, for whoever waits for it. */
  arrive(cid: CID, bytes: Uint8Array): void {
    this.blocks.put(cid, bytes);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  async #whole(pin: Pin, options: PinOptions): Promise<void> {
    const stack = [pin.cid];
    let [blocks, bytes] = [0, 0];
    for (let cid = stack.pop(); cid !== undefined; cid = stack.pop()) {
      while (!(await this.blocks.has(cid))) {
        if (options.isLocalOnly === true) throw new BlockNotFoundError(cid.toString(), true);
        await this.#arrival(options.signal);
      }
      const block = await this.blocks.get(cid);
      [blocks, bytes] = [blocks + 1, bytes + block.length];
      options.onProgress?.(blocks, bytes);
      if (pin.maxDepth !== 0) stack.push(...linksOf(cid, block));
    }
  }

  #arrival(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(abortReason(signal));
      signal?.addEventListener("abort", () => reject(abortReason(signal)), { once: true });
      this.#waiting.push(resolve);
    });
  }

  async #mark(cid: CID, mode: PinMode, live: Set<string>): Promise<void> {
    live.add(cid.toString());
    if (mode === "direct") return;
    for (const link of linksOf(cid, await this.blocks.get(cid))) {
      await this.#mark(link, mode, live);
    }
  }

  #checkProblem(cid: CID): void {
    const problem = this.problems.get(cid.toString());
    if (problem !== undefined) throw problem;
  }
}
