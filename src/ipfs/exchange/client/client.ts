import type { Clock, Logger } from "#lib";
import type { CID } from "#model";

import type { ExchangeBounds } from "../bounds.ts";
import { type BlockKey, keyOfBlock, keyOfCid, keyOfCidBytes } from "../codec/block-key.ts";
import type { Message } from "../codec/message.ts";
import type { SessionOptions } from "../types.ts";
import { BitswapTarget, type BitswapTargetDeps } from "./bitswap-target.ts";
import { ProviderSearch, type ProviderSearchDeps } from "./provider-search.ts";
import { RecentKeys } from "./recent-keys.ts";
import { Scheduler } from "./scheduler.ts";
import { putFor, Session } from "./session.ts";
import type { Target } from "./target.ts";
import type { Waiter } from "./waiter.ts";
import { Want } from "./want.ts";

export interface ClientDeps extends Omit<BitswapTargetDeps, "onBroken"> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly bounds: ExchangeBounds;
  readonly search: Omit<ProviderSearchDeps, "onProvider" | "onGateway" | "onSearch">;
  /** Gateways of the configuration. */
  configuredGateways(): Iterable<Target>;
  /** The gateway of a provider, if it has one. */
  gatewayOf: (provider: Parameters<ProviderSearchDeps["onGateway"]>[0]) => Target | undefined;
  /** A block came and was put into the sinks. */
  onStored(cid: CID, sizeBytes: number): void;
  /** A peer sent what nobody wanted. */
  onUnwanted(peer: string, sizeBytes: number): void;
  onWanted(peer: string, sizeBytes: number): void;
}

const recentMax = 16_384;
/** When so much time has gone by between two sweeps, we were too busy to take anything. */
const lateMs = 750;
/** How long a peer is left alone that is connected and opens no stream. */
const brokenMs = 30_000;

/** What we want of others: wants, the sessions that have them, and the peers that can be asked. */
export class Client {
  readonly #deps: ClientDeps;
  readonly #wants = new Map<BlockKey, Want>();
  readonly #recent = new RecentKeys(recentMax);
  readonly #targets = new Map<string, BitswapTarget>();
  readonly #sessions = new Set<Session>();
  /** Connected peers that could not be told anything, and when they are tried again. */
  readonly #broken = new Map<string, number>();
  #sweptAt = 0;
  readonly stat = { blocks: 0, bytes: 0, dupBlocks: 0, dupBytes: 0 };

  constructor(deps: ClientDeps) {
    this.#deps = deps;
  }

  wantlist(): readonly CID[] {
    return [...this.#wants.values()].map(({ cid }) => cid);
  }

  get peers(): readonly string[] {
    return [...this.#targets.keys()];
  }

  openSession({ sink, root, hints }: SessionOptions): Session {
    const { clock, bounds } = this.#deps;
    const scheduler = new Scheduler({
      clock,
      bounds,
      targets: () => this.#targets.values(),
      hasRoom: () => this.#hasRoom(),
    });
    const search = new ProviderSearch(this.#searchDeps(scheduler), { root, hints });
    const session = new Session(
      {
        scheduler,
        search,
        now: () => clock.now(),
        peerCount: () => this.#targets.size,
        want: (cid, waiter) => this.#want(cid, waiter),
        unwant: (cid, waiter) => this.#unwant(cid, waiter),
        onClose: (closed) => this.#sessions.delete(closed),
      },
      sink,
    );
    this.#sessions.add(session);
    search.followHints();
    return session;
  }

  addPeer(peer: string): void {
    if (this.#targets.has(peer)) return;
    this.#broken.delete(peer);
    const onBroken = (broken: BitswapTarget): void => {
      this.#broken.set(peer, this.#deps.clock.now() + brokenMs);
      this.#remove(broken);
    };
    const target = new BitswapTarget({ ...this.#deps, onBroken }, peer);
    this.#targets.set(peer, target);
    for (const { scheduler } of this.#sessions) scheduler.addTarget(target);
  }

  removePeer(peer: string): void {
    this.#broken.delete(peer);
    const target = this.#targets.get(peer);
    if (target !== undefined) this.#remove(target);
  }

  /** Answers a promise while a sink is full: nothing should be read from the peer meanwhile. */
  async onMessage(peer: string, message: Message): Promise<void> {
    if (message.blocks.length === 0 && message.presences.length === 0) return;
    const target = this.#targets.get(peer);
    const now = this.#deps.clock.now();
    for (const { cid, has } of message.presences) {
      const want = this.#wants.get(keyOfCidBytes(cid));
      if (want === undefined || target === undefined) continue;
      if (want.answerOf(target) === "asked") target.noteAnswer(now - want.askedAt);
      if (has) want.scheduler.onHave(want, target);
      else want.scheduler.onDontHave(want, target);
    }
    for (const block of message.blocks) {
      const stored = this.#onBytes(peer, keyOfBlock(block), block.bytes);
      if (stored !== undefined) await stored;
    }
  }

  /** A gateway has answered with a block, checked. */
  async onBlock(want: Want, bytes: Uint8Array, from: Target): Promise<void> {
    if (want.state === "done") return this.#countDuplicate(bytes);
    await this.#settle(want, bytes, from);
  }

  /** A block came by another way. */
  arrived(cid: CID, bytes: Uint8Array): void {
    if (this.#wants.size === 0) return;
    const want = this.#wants.get(keyOfCid(cid));
    if (want === undefined) return;
    this.#close(want, undefined, bytes.length);
    // lent memory: it changes when the block is written
    const own = bytes.slice();
    for (const waiter of want.waiters.splice(0)) {
      waiter.look?.(own);
      waiter.resolve(own);
    }
  }

  /** Called a few times a second. */
  sweep(now: number): void {
    for (const target of this.#targets.values()) target.sweep(now);
    for (const [peer, at] of this.#broken) {
      if (now < at) continue;
      this.#broken.delete(peer);
      if (this.#deps.search.host.isConnected(peer)) this.addPeer(peer);
    }
    const isLate = now - this.#sweptAt > lateMs;
    this.#sweptAt = now;
    for (const session of this.#sessions) session.sweep(now, isLate);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session[Symbol.asyncDispose]()));
    for (const target of this.#targets.values()) target.close();
    this.#targets.clear();
  }

  #want(cid: CID, waiter: Waiter): void {
    const key = keyOfCid(cid);
    const known = this.#wants.get(key);
    if (known !== undefined) {
      known.waiters.push(waiter);
      return;
    }
    const { scheduler } = waiter.session;
    const want = new Want(cid, scheduler);
    want.waiters.push(waiter);
    this.#wants.set(key, want);
    scheduler.add(want);
  }

  #unwant(cid: CID, waiter: Waiter): void {
    const want = this.#wants.get(keyOfCid(cid));
    const at = want?.waiters.indexOf(waiter) ?? -1;
    if (want === undefined || at < 0) return;
    want.waiters.splice(at, 1);
    const [next] = want.waiters;
    if (next === undefined) {
      this.#wants.delete(want.key);
      want.scheduler.remove(want);
    } else if (!want.waiters.some(({ session }) => session.scheduler === want.scheduler)) {
      want.scheduler.remove(want);
      next.session.scheduler.add(want);
    }
  }

  #onBytes(peer: string, key: BlockKey | undefined, bytes: Uint8Array): Promise<void> | undefined {
    const want = key === undefined ? undefined : this.#wants.get(key);
    if (want !== undefined && bytes.length <= this.#deps.bounds.blockBytesMax) {
      this.#deps.onWanted(peer, bytes.length);
      return this.#settle(want, ownBytes(want, bytes), this.#targets.get(peer));
    }
    if (key !== undefined && this.#recent.has(key)) this.#countDuplicate(bytes);
    else this.#deps.onUnwanted(peer, bytes.length);
    return undefined;
  }

  #settle(want: Want, bytes: Uint8Array, from: Target | undefined): Promise<void> | undefined {
    this.#close(want, from, bytes.length);
    this.stat.blocks += 1;
    this.stat.bytes += bytes.length;
    const waiters = want.waiters.splice(0);
    const waits: Promise<void>[] = [];
    for (const { look } of waiters) look?.(bytes);
    for (const session of new Set(waiters.map((waiter) => waiter.session))) {
      const own = waiters.filter((waiter) => waiter.session === session);
      session.count(bytes.length);
      const result = putFor(session, want.cid, bytes);
      if (result instanceof Promise) {
        waits.push(result.then((failure) => this.#finish(own, bytes, failure)));
      } else this.#finish(own, bytes, result);
    }
    this.#deps.onStored(want.cid, bytes.length);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  #finish(waiters: readonly Waiter[], bytes: Uint8Array, failure: Error | undefined): void {
    for (const waiter of waiters) {
      if (failure === undefined) waiter.resolve(bytes);
      else waiter.reject(failure);
    }
  }

  #close(want: Want, from: Target | undefined, sizeBytes: number): void {
    this.#wants.delete(want.key);
    this.#recent.add(want.key);
    from?.window.got(want.key, sizeBytes, this.#deps.clock.now());
    want.scheduler.onBlock(want, from, sizeBytes);
  }

  #countDuplicate(bytes: Uint8Array): void {
    this.stat.dupBlocks += 1;
    this.stat.dupBytes += bytes.length;
  }

  #remove(target: BitswapTarget): void {
    if (this.#targets.get(target.id) === target) this.#targets.delete(target.id);
    target.close();
    for (const { scheduler } of this.#sessions) scheduler.removeTarget(target);
  }

  #hasRoom(): boolean {
    let bytes = 0;
    for (const { window } of this.#targets.values()) bytes += window.outstandingBytes;
    return bytes < this.#deps.bounds.outstandingBytesMax;
  }

  #searchDeps(scheduler: Scheduler): ProviderSearchDeps {
    return {
      ...this.#deps.search,
      onProvider: (peer) => {
        const target = this.#targets.get(peer);
        if (target === undefined) scheduler.expect(peer);
        else scheduler.prefer(target);
      },
      onGateway: (provider) => {
        const gateway = this.#deps.gatewayOf(provider);
        if (gateway !== undefined) scheduler.prefer(gateway);
        return gateway !== undefined;
      },
      onSearch: () => {
        for (const gateway of this.#deps.configuredGateways()) scheduler.prefer(gateway);
      },
    };
  }
}

/**
 * A copy of a block: a message's memory is used again. What only the sink looks at goes into memory that it lends, if it
 * does, since that is warm.
 */
function ownBytes({ waiters }: Want, bytes: Uint8Array): Uint8Array {
  const [first] = waiters;
  const isForSink = waiters.every(
    ({ needsBytes, session }) => !needsBytes && session === first?.session,
  );
  const lent = isForSink ? first?.session.sink.allocate?.(bytes.length) : undefined;
  if (lent === undefined) return bytes.slice();
  lent.set(bytes);
  return lent;
}
