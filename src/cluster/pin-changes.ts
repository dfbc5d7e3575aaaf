import type { Clock, Logger } from "#lib";
import type { CID, Metric, Pin, PinOptions } from "#model";

import { allocate, type AllocationRequest } from "./allocate.ts";
import { balance } from "./balance.ts";
import { FollowerModeError, NotInPinsetError } from "./errors.ts";
import type { ExpiryWatch } from "./expiry.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import { keyOf } from "./operations.ts";
import {
  checkExpiry,
  checkRemoval,
  checkReplacement,
  dataPin,
  isAllocatedTo,
  isEverywhere,
  isPart,
  updatedPin,
  withFactors,
} from "./pin-rules.ts";
import { PinTimes } from "./pin-times.ts";
import type { Consensus, IpfsConnector, UnpinJournal } from "./ports.ts";
import type { PinTracker } from "./tracker.ts";
import type { ClusterConfig, PinPart } from "./types.ts";

export interface PinChangesDeps {
  readonly consensus: Consensus;
  readonly connector: IpfsConnector;
  readonly unpins: UnpinJournal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: { readonly id: string };
  readonly tracker: PinTracker;
  /** What all members tell under a name. */
  readonly metrics: (name: string) => Promise<readonly Metric[]>;
  readonly expiry: ExpiryWatch;
  /** One change at a time for a CID. */
  readonly lock: KeyedLock;
}

/** Changes of the pinset that are asked of this peer, and what follows from them here. */
export class PinChanges {
  readonly #deps: PinChangesDeps;
  readonly #config: ClusterConfig;
  readonly #times = new PinTimes();

  constructor(deps: PinChangesDeps, config: ClusterConfig) {
    this.#deps = deps;
    this.#config = config;
  }

  async pin(cid: CID, options: PinOptions): Promise<Pin> {
    return this.#change(cid, async () => {
      const pin = await this.#prepare(cid, options);
      await this.#log(pin);
      if (isAllocatedTo(pin, this.#deps.identity.id)) await this.#deps.tracker.track(pin);
      else await this.#deps.tracker.untrack(cid);
      return pin;
    });
  }

  async pinWritten(cid: CID, options: PinOptions): Promise<Pin> {
    return this.#change(cid, async () => {
      const pin = await this.#prepare(cid, options);
      await this.#log(pin);
      await this.#deps.tracker.adopt(pin);
      return pin;
    });
  }

  async pinPart(cid: CID, part: PinPart): Promise<Pin> {
    return this.#change(cid, async () => {
      const pin = await this.#preparePart(cid, part);
      await this.#log(pin);
      if (pin.type !== "meta") await this.#deps.tracker.adopt(pin);
      return pin;
    });
  }

  async unpin(cid: CID): Promise<Pin> {
    return this.#change(cid, () => this.#remove(cid));
  }

  /** Unpins what has expired, unless that has changed meanwhile. */
  async expire(cid: CID): Promise<void> {
    await this.#deps.lock.run(keyOf(cid), async () => {
      const pin = await this.#deps.consensus.get(cid);
      const isExpired =
        pin !== undefined && pin.expireAt !== 0 && pin.expireAt <= this.#deps.clock.now();
      if (!isExpired) return;
      await this.#remove(cid);
      this.#deps.logger.info("unpinned because it expired", { cid: cid.toString() });
    });
  }

  /** Who would hold a new pin with these options: everybody named, also for pins that are for every peer. */
  async allocate(options: PinOptions): Promise<readonly string[]> {
    if (this.#config.isFollower) throw new FollowerModeError();
    const wanted = withFactors(options, this.#config);
    checkExpiry(wanted, this.#deps.clock.now());
    const peers = await this.#deps.consensus.peers();
    return isEverywhere(wanted) ? peers : this.#allocate(wanted, undefined);
  }

  #change<T>(cid: CID, task: () => Promise<T>): Promise<T> {
    if (this.#config.isFollower) throw new FollowerModeError();
    return this.#deps.lock.run(keyOf(cid), task);
  }

  async #prepare(cid: CID, options: PinOptions): Promise<Pin> {
    const now = this.#deps.clock.now();
    const { pinUpdate } = options;
    if (pinUpdate !== undefined && !pinUpdate.equals(cid)) {
      const existing = await this.#require(pinUpdate);
      const timestamp = this.#times.next(now);
      return { ...updatedPin(existing, { cid, now, options }), timestamp };
    }
    const existing = await this.#deps.consensus.get(cid);
    const wanted = withFactors(options, this.#config);
    checkExpiry(wanted, now);
    checkReplacement(wanted, existing);
    const allocations = isEverywhere(wanted) ? [] : await this.#allocate(wanted, existing);
    return dataPin(cid, wanted, { allocations, timestamp: this.#times.next(now) });
  }

  async #preparePart(cid: CID, part: PinPart): Promise<Pin> {
    const { type, maxDepth, reference } = part;
    const now = this.#deps.clock.now();
    const existing = await this.#deps.consensus.get(cid);
    const mode = maxDepth === 0 ? ("direct" as const) : ("recursive" as const);
    const wanted = { ...withFactors(part.options, this.#config), mode };
    checkExpiry(wanted, now);
    checkReplacement(wanted, existing, type);
    const isFree = type === "meta" || isEverywhere(wanted);
    const allocations = isFree ? [] : await this.#allocate(wanted, existing);
    const timestamp = this.#times.next(now);
    return { ...dataPin(cid, wanted, { allocations, timestamp }), type, maxDepth, reference };
  }

  async #allocate(options: PinOptions, existing: Pin | undefined): Promise<readonly string[]> {
    return allocate({
      min: options.replicationFactorMin,
      max: options.replicationFactorMax,
      ...(await this.#candidates()),
      current: existing?.allocations ?? [],
      preferred: options.userAllocations,
    });
  }

  /** Members whose metrics are all there. */
  async #candidates(): Promise<Pick<AllocationRequest, "candidates" | "rank">> {
    const { allocateBy = [] } = this.#config;
    const { consensus, metrics } = this.#deps;
    if (allocateBy.length === 0) {
      return { candidates: await consensus.peers(), rank: (peers) => peers };
    }
    const sets = await Promise.all(allocateBy.map((name) => metrics(name)));
    return { candidates: balance(sets), rank: (peers) => balance(sets, peers) };
  }

  async #log(pin: Pin): Promise<void> {
    await this.#deps.consensus.logPin(pin);
    this.#deps.expiry.note(pin);
  }

  async #remove(cid: CID): Promise<Pin> {
    const pin = await this.#require(cid);
    checkRemoval(pin);
    if (pin.type === "meta") await this.#removeParts(pin);
    await this.#drop(cid);
    return pin;
  }

  /** The shards and their list, as far as they are still in the pinset; nothing else, whatever the list says. */
  async #removeParts({ reference: list }: Pin): Promise<void> {
    if (list === undefined || !(await this.#isPart(list))) return;
    const shards = await this.#deps.connector.linksOf(list);
    for (const part of [...shards, list]) {
      // before the lock, too: of what is no part it may be held by ourselves
      if (!(await this.#isPart(part))) continue;
      await this.#deps.lock.run(keyOf(part), async () => {
        if (await this.#isPart(part)) await this.#drop(part);
      });
    }
  }

  async #isPart(cid: CID): Promise<boolean> {
    const pin = await this.#deps.consensus.get(cid);
    return pin !== undefined && isPart(pin);
  }

  async #drop(cid: CID): Promise<void> {
    await this.#deps.unpins.add(cid);
    await this.#deps.consensus.logUnpin(cid);
    await this.#deps.tracker.untrack(cid);
  }

  async #require(cid: CID): Promise<Pin> {
    const pin = await this.#deps.consensus.get(cid);
    if (pin === undefined) throw new NotInPinsetError(cid.toString());
    return pin;
  }
}
