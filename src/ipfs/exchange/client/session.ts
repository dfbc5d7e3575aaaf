import { verifyBlock } from "#dag";
import { abortReason, asError } from "#lib";
import { type BlockSink, type CID, multihash, type SignalOptions } from "#model";

import { isCheckable } from "../codec/block-key.ts";
import { ExchangeClosedError, UncheckableBlockError } from "../errors.ts";
import type { FetchProgress, FetchSession, StoreOptions } from "../types.ts";
import type { ProviderSearch } from "./provider-search.ts";
import { reasonToWait } from "./reason-to-wait.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Waiter, WaitingSession } from "./waiter.ts";

export interface SessionDeps {
  readonly scheduler: Scheduler;
  readonly search: ProviderSearch;
  now(): number;
  /** How many peers could be asked. */
  peerCount(): number;
  want(cid: CID, waiter: Waiter): void;
  unwant(cid: CID, waiter: Waiter): void;
  onClose(session: Session): void;
}

interface WaitOptions extends StoreOptions {
  readonly needsBytes: boolean;
}

const empty = new Uint8Array();

/** See `FetchSession`. The scheduler gets the blocks; this is what callers and their sink see of it. */
export class Session implements FetchSession, WaitingSession {
  readonly sink: BlockSink;
  readonly #deps: SessionDeps;
  readonly #waiters = new Set<Waiter>();
  #blocks = 0;
  #bytes = 0;
  #lastBlockAt: number | undefined;
  #holds = 0;
  #isClosed = false;
  /** When it began to wait for what it waits for, or could take something again. */
  #waitingSince = 0;

  constructor(deps: SessionDeps, sink: BlockSink) {
    this.sink = sink;
    this.#deps = deps;
  }

  get scheduler(): Scheduler {
    return this.#deps.scheduler;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  fetch(cid: CID, options: SignalOptions = {}): Promise<Uint8Array> {
    return this.#fetch(cid, { ...options, needsBytes: true });
  }

  async store(cid: CID, options: StoreOptions = {}): Promise<number> {
    return (await this.#fetch(cid, { ...options, needsBytes: false })).length;
  }

  hold(room: Promise<void>): void {
    this.#holds += 1;
    this.scheduler.pause();
    const release = (): void => {
      this.#holds -= 1;
      if (this.#holds > 0) return;
      this.#waitingSince = this.#deps.now();
      this.scheduler.resume();
    };
    room.then(release, release);
  }

  count(sizeBytes: number): void {
    this.#blocks += 1;
    this.#bytes += sizeBytes;
    this.#lastBlockAt = this.#deps.now();
    this.#deps.search.onBlock();
  }

  /** Milliseconds since the last block, or since it began to wait; 0 when it waits for nothing. */
  idleMs(now: number): number {
    if (this.#waiters.size === 0 || this.#holds > 0) return 0;
    return now - Math.max(this.#lastBlockAt ?? 0, this.#waitingSince);
  }

  /** Called every now and then. What time went by since the last call may be long when we are busy: it is not others' fault. */
  sweep(now: number, isLate: boolean): void {
    if (isLate) this.#waitingSince = now;
    if (this.#waiters.size === 0 || this.#holds > 0) return;
    const { scheduler, search } = this.#deps;
    scheduler.sweep(now, this.#waitingSince);
    const isNeeded = scheduler.missing.size > 0 || scheduler.isStalled;
    if (!search.isDue(now, isNeeded ? Infinity : this.idleMs(now))) return;
    const want = scheduler.anyWant();
    if (want === undefined) return;
    search.start(want.cid);
    scheduler.retry();
  }

  progress(): FetchProgress {
    const { scheduler, search } = this.#deps;
    return {
      blocks: this.#blocks,
      bytes: this.#bytes,
      providers: scheduler.providerCount,
      lastBlockAt: this.#lastBlockAt,
      waiting: reasonToWait({
        idleMs: this.idleMs(this.#deps.now()),
        isSinkFull: this.#holds > 0,
        peers: this.#deps.peerCount(),
        useful: scheduler.usefulCount,
        denials: deniedBy(scheduler),
        search,
      }),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#deps.onClose(this);
    const reason = new ExchangeClosedError("session");
    for (const waiter of this.#waiters) waiter.reject(reason);
    return this.#deps.search.stop();
  }

  async #fetch(cid: CID, options: WaitOptions): Promise<Uint8Array> {
    if (cid.multihash.code === multihash.identity) {
      options.look?.(cid.multihash.digest);
      return cid.multihash.digest;
    }
    if (this.#isClosed) throw new ExchangeClosedError("session");
    if (!isCheckable(cid)) throw new UncheckableBlockError(cid.toString(), cid.multihash.code);
    options.signal?.throwIfAborted();
    // nobody sends the empty block: Kubo answers HAVE, and never the block
    if (isEmptyBlock(cid)) {
      options.look?.(empty);
      await this.sink.put(cid, empty);
      return empty;
    }
    return this.#wait(cid, options);
  }

  #wait(cid: CID, { signal, needsBytes, look }: WaitOptions): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#waiters.size === 0) this.#waitingSince = this.#deps.now();
      const leave = (): void => {
        signal?.removeEventListener("abort", onAbort);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        session: this,
        needsBytes,
        look,
        resolve: (bytes) => {
          leave();
          resolve(bytes);
        },
        reject: (reason) => {
          leave();
          this.#deps.unwant(cid, waiter);
          reject(reason);
        },
      };
      const onAbort = (): void => waiter.reject(abortReason(signal));
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#deps.want(cid, waiter);
    });
  }
}

/** Puts a block where a waiter's session wants it; gives the reason when that failed. */
export function putFor(
  session: WaitingSession,
  cid: CID,
  bytes: Uint8Array,
): Error | Promise<Error | undefined> | undefined {
  try {
    const room = session.sink.put(cid, bytes);
    if (room === undefined) return undefined;
    session.hold(room);
    return room.then(() => undefined, asError);
  } catch (error) {
    return asError(error);
  }
}

function isEmptyBlock(cid: CID): boolean {
  const { code, digest } = cid.multihash;
  if (code === multihash.sha256 && digest[0] !== 0xe3) return false;
  return verifyBlock(cid, empty) === undefined;
}

function deniedBy(scheduler: Scheduler): number {
  for (const want of scheduler.missing) return want.count("denied");
  return 0;
}
