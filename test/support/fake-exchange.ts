import { abortReason, type Clock, linkAborts, systemClock } from "#lib";
import type { BlockSink, CID, SignalOptions } from "#model";

import type {
  Exchange,
  ExchangeLedger,
  ExchangeStat,
  FetchProgress,
  FetchSession,
  SessionOptions,
} from "../../src/ipfs/exchange/types.ts";

/** What a peer has, by the text of the multihash. */
export interface PeerContent {
  has(cid: CID): boolean;
  get(cid: CID): Uint8Array | undefined;
}

export interface FakePeerOptions {
  readonly content: PeerContent;
  /** From the want to the first byte. */
  readonly delayMs?: number;
  /** Blocks come one after the other at this speed. */
  readonly bytesPerSecond?: number;
}

/** A peer that answers wants until it dies. */
export class FakePeer {
  readonly options: FakePeerOptions;
  /** Blocks that it has sent. */
  sent = 0;
  isAlive = true;
  #freeAt = 0;

  constructor(options: FakePeerOptions) {
    this.options = options;
  }

  /** How long until a block of this size has come, when it is asked for now. */
  takeTurn(sizeBytes: number, now: number): number {
    const { delayMs = 0, bytesPerSecond } = this.options;
    const lastsMs = bytesPerSecond === undefined ? 0 : (sizeBytes / bytesPerSecond) * 1000;
    this.#freeAt = Math.max(now, this.#freeAt) + lastsMs;
    return this.#freeAt - now + delayMs;
  }
}

/**
 * Other nodes as an `Exchange`. A want goes to one of the peers alive that have the block, in turn; when that one dies
 * it goes to another, and while nobody has it, it waits. Blocks are put into the session's sink before they are given.
 */
export class FakeExchange implements Exchange {
  readonly peers: FakePeer[] = [];
  /** CIDs that were asked for, in order; as texts. */
  readonly asked: string[] = [];
  /** How often each option was given to a session. */
  readonly sessions: SessionOptions[] = [];
  /** Wants on their way. */
  readonly underWay = { now: 0, most: 0 };
  sessionsOpen = 0;
  /** Every fetch fails with it, when it is set. */
  problem: Error | undefined;
  readonly #clock: Clock;
  readonly #arrivals = new Map<string, Set<(bytes: Uint8Array) => void>>();
  #change = Promise.withResolvers<void>();
  #next = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  addPeer(options: FakePeerOptions): FakePeer {
    const peer = new FakePeer(options);
    this.peers.push(peer);
    this.#tell();
    return peer;
  }

  /** What the peer was about to send does not come. */
  kill(peer: FakePeer): void {
    peer.isAlive = false;
    this.#tell();
  }

  openSession(options: SessionOptions): FetchSession {
    this.sessions.push(options);
    this.sessionsOpen += 1;
    const over = new AbortController();
    const progress = { blocks: 0, bytes: 0, lastBlockAt: undefined as number | undefined };
    const fetch = async (cid: CID, { signal }: SignalOptions = {}): Promise<Uint8Array> => {
      using linked = linkAborts(signal, over.signal);
      const bytes = await this.#fetch(cid, options.sink, linked.signal);
      progress.blocks += 1;
      progress.bytes += bytes.length;
      progress.lastBlockAt = this.#clock.now();
      return bytes;
    };
    return {
      fetch,
      store: async (cid, storing = {}) => {
        const bytes = await fetch(cid, storing);
        storing.look?.(bytes);
        return bytes.length;
      },
      progress: (): FetchProgress => ({
        ...progress,
        providers: this.peers.filter(({ isAlive }) => isAlive).length,
        waiting: this.peers.some(({ isAlive }) => isAlive) ? "" : "no provider was found yet",
      }),
      [Symbol.asyncDispose]: async () => {
        this.sessionsOpen -= 1;
        over.abort(new Error("the session is closed"));
      },
    };
  }

  fetch(cid: CID, options: SignalOptions = {}): Promise<Uint8Array> {
    return this.#fetch(
      cid,
      { put: () => undefined },
      options.signal ?? new AbortController().signal,
    );
  }

  arrived(cid: CID, bytes: Uint8Array): void {
    for (const onBlock of this.#arrivals.get(keyOf(cid)) ?? []) onBlock(new Uint8Array(bytes));
  }

  wantlist(): readonly CID[] {
    return [];
  }

  movedBytes(): number {
    return this.stat().dataReceived;
  }

  stat(): ExchangeStat {
    throw new Error("not faked");
  }

  ledger(): ExchangeLedger {
    throw new Error("not faked");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // nothing is held
  }

  async #fetch(cid: CID, sink: BlockSink, signal: AbortSignal): Promise<Uint8Array> {
    this.asked.push(cid.toString());
    this.underWay.now += 1;
    this.underWay.most = Math.max(this.underWay.most, this.underWay.now);
    using arrival = this.#arrivalOf(cid);
    try {
      for (;;) {
        if (signal.aborted) throw abortReason(signal);
        if (this.problem !== undefined) throw this.problem;
        const change = this.#change.promise;
        const bytes = await orAborted(
          Promise.race([this.#ask(cid, signal, change), arrival.bytes]),
          signal,
        );
        if (bytes === undefined) continue;
        await sink.put(cid, bytes);
        return bytes;
      }
    } finally {
      this.underWay.now -= 1;
    }
  }

  /** Undefined when the peer died, or nobody had it and something has changed. */
  async #ask(
    cid: CID,
    signal: AbortSignal,
    change: Promise<void>,
  ): Promise<Uint8Array | undefined> {
    const having = this.peers.filter(({ isAlive, options }) => isAlive && options.content.has(cid));
    const peer = having[this.#next++ % Math.max(1, having.length)];
    const bytes = peer?.options.content.get(cid);
    if (peer === undefined || bytes === undefined) {
      await change;
      return undefined;
    }
    const waitMs = peer.takeTurn(bytes.length, this.#clock.now());
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
    if (!peer.isAlive) return undefined;
    peer.sent += 1;
    return bytes;
  }

  #arrivalOf(cid: CID): Disposable & { readonly bytes: Promise<Uint8Array> } {
    const key = keyOf(cid);
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const waiters = this.#arrivals.get(key) ?? new Set();
    this.#arrivals.set(key, waiters.add(resolve));
    return {
      bytes: promise,
      [Symbol.dispose]: () => {
        waiters.delete(resolve);
        if (waiters.size === 0) this.#arrivals.delete(key);
      },
    };
  }

  #tell(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(abortReason(signal));
    signal.addEventListener("abort", onAbort, { once: true });
    promise
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", onAbort))
      .catch(() => undefined);
  });
}

function keyOf(cid: CID): string {
  return Buffer.from(cid.multihash.bytes).toString("latin1");
}
