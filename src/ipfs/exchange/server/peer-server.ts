import { type Clock, type Logger, messageOf } from "#lib";
import type { CID } from "#model";
import type { BlockStore } from "#storage";

import type { ExchangeBounds } from "../bounds.ts";
import { encodeMessage } from "../codec/encode.ts";
import type { Presence } from "../codec/message.ts";
import { OutStream, type OutStreamDeps } from "../out-stream.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { type PeerWant, PeerWants } from "./peer-wants.ts";
import { type Reply, ReplyQueue } from "./reply-queue.ts";

export interface PeerServerDeps extends OutStreamDeps {
  readonly clock: Clock;
  readonly bounds: ExchangeBounds;
  readonly logger: Logger;
  readonly blocks: Pick<BlockStore, "readBatch">;
  readonly budget: ByteBudget;
  onSent(peer: string, sent: { readonly blocks: number; readonly bytes: number }): void;
  /** A want is over. */
  onServed(want: PeerWant, server: PeerServer): void;
}

/** What goes into one message. */
interface Batch {
  readonly replies: readonly Reply[];
  /** Of the replies that are blocks, in their order; undefined: not here any more. */
  readonly found: readonly (Uint8Array | undefined)[];
  /** Taken of the budget. */
  readonly bytes: number;
}

/** A peer that takes a message more slowly gets smaller ones, and none is read ahead. */
const slowMs = 1000;
const slowShare = 1 / 4;
/** Blocks in one message: of tiny ones a megabyte would be thousands. */
const repliesMax = 1024;

/** Answers the wants of one peer: one message after another, the next one's blocks are read while one is sent. */
export class PeerServer {
  readonly peer: string;
  readonly wants: PeerWants;
  readonly #deps: PeerServerDeps;
  readonly #stream: OutStream;
  readonly #queue = new ReplyQueue();
  #isRunning = false;
  #isClosed = false;
  #isSlow = false;
  /** Wants beyond the bound that were refused, less what was served. */
  refused = 0;

  constructor(deps: PeerServerDeps, peer: string) {
    this.peer = peer;
    this.#deps = deps;
    this.#stream = new OutStream(deps, peer);
    this.wants = new PeerWants(deps.bounds.wantsPerPeerMax);
  }

  /** Answers as soon as it is their turn. What is cancelled before is left out. */
  push(reply: Reply): void {
    if (this.#isClosed) return;
    this.#queue.push(reply);
    this.#start();
  }

  sweep(now: number): void {
    this.#stream.sweep(now);
  }

  close(): void {
    this.#isClosed = true;
    this.#queue.clear();
    this.#stream.close();
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    setImmediate(() => {
      this.#run().catch((error: unknown) => {
        const fields = { peer: this.peer, error: messageOf(error) };
        this.#deps.logger.debug("answers were not sent", fields);
        this.#isRunning = false;
        this.#drop();
      });
    });
  }

  async #run(): Promise<void> {
    let next: Promise<Batch | undefined> | undefined = this.#read();
    try {
      for (;;) {
        const batch = await next;
        next = undefined;
        if (batch === undefined) break;
        // a slow peer costs one batch, a quick one two
        if (!this.#isSlow) next = this.#read();
        await this.#send(batch);
        next ??= this.#read();
      }
    } finally {
      // a batch that was read ahead of a failure
      if (next !== undefined) this.#deps.budget.give((await next)?.bytes ?? 0);
    }
    this.#isRunning = false;
    // what became due while the last look found nothing
    if (this.#queue.size > 0) this.#start();
  }

  /** Takes the next answers off the queue, as many as belong into one message. */
  async #read(): Promise<Batch | undefined> {
    const { bounds, budget, blocks } = this.#deps;
    const bytesMax = bounds.replyBytes * (this.#isSlow ? slowShare : 1);
    const replies: Reply[] = [];
    let bytes = 0;
    for (let top = this.#queue.peek(); top !== undefined; top = this.#queue.peek()) {
      if (replies.length > 0 && bytes + top.sizeBytes > bytesMax) break;
      if (replies.length >= repliesMax) break;
      this.#queue.pop();
      if (!this.wants.has(top.want)) continue;
      replies.push(top);
      bytes += top.sizeBytes;
    }
    if (replies.length === 0 || this.#isClosed) return undefined;
    await budget.take(bytes);
    try {
      const cids = replies.filter(({ kind }) => kind === "block").map(({ want }) => want.cid);
      const found = cids.length === 0 ? [] : await blocks.readBatch(cids);
      return { replies, found, bytes };
    } catch (error) {
      budget.give(bytes);
      throw error;
    }
  }

  async #send(batch: Batch): Promise<void> {
    try {
      const { presences, blocks, bytes, done } = this.#contentOf(batch);
      if (presences.length + blocks.length === 0) return;
      const began = this.#deps.clock.now();
      const dialect = await this.#stream.dialect();
      const pendingBytes = this.#queue.sizeBytes;
      await this.#stream.send(encodeMessage({ presences, blocks, pendingBytes }, dialect), bytes);
      this.#isSlow = this.#deps.clock.now() - began > slowMs;
      for (const want of done) if (this.wants.has(want)) this.#deps.onServed(want, this);
      this.refused = Math.max(0, this.refused - blocks.length);
      this.#deps.onSent(this.peer, { blocks: blocks.length, bytes });
    } finally {
      this.#deps.budget.give(batch.bytes);
    }
  }

  /** What of a batch is still wanted. */
  #contentOf({ replies, found }: Batch): {
    readonly presences: readonly Presence[];
    readonly blocks: readonly { readonly cid: CID; readonly bytes: Uint8Array }[];
    readonly bytes: number;
    readonly done: readonly PeerWant[];
  } {
    const presences: Presence[] = [];
    const blocks: { cid: CID; bytes: Uint8Array }[] = [];
    const done: PeerWant[] = [];
    let sizeBytes = 0;
    let at = 0;
    for (const { want, kind } of replies) {
      const bytes = kind === "block" ? found[at++] : undefined;
      if (!this.wants.has(want)) continue;
      if (bytes !== undefined) {
        blocks.push({ cid: want.cid, bytes });
        sizeBytes += bytes.length;
        done.push(want);
      } else if (kind === "have") {
        presences.push({ cid: want.cid.bytes, has: true });
        if (want.type === "have") done.push(want);
      } else {
        want.isAnswered = false;
        if (want.sendDontHave) presences.push({ cid: want.cid.bytes, has: false });
      }
    }
    return { presences, blocks, bytes: sizeBytes, done };
  }

  /** The peer cannot be reached: what it wants is forgotten, it will ask again. */
  #drop(): void {
    this.#queue.clear();
    for (const want of this.wants.values()) this.#deps.onServed(want, this);
  }
}
