import { setImmediate } from "node:timers/promises";

import type { CID, GlobalPinInfo, Pin, PinInfo } from "#model";

import { NotInPinsetError } from "./errors.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import { keyOf, type Operation } from "./operations.ts";
import type { UnpinJournal } from "./ports.ts";
import type { StatusReader, StatusReaderDeps } from "./status-reader.ts";
import { pinInfoOf, pinInfosOf, type Speaker } from "./status.ts";
import type { LocalOptions } from "./types.ts";

/** Pins queued in one turn of the event loop, so that requests come in between. */
const retriesATurn = 100;

/** Whether what has failed, or has no operation, is to be tried again by now. */
type IsDue = (operation: Operation | undefined) => boolean;

export interface RecoveryDeps extends StatusReaderDeps {
  readonly unpins: UnpinJournal;
  readonly lock: KeyedLock;
  readonly statuses: StatusReader;
}

/** Tries again what failed or got lost, and queues what waits in the pinset. Never holds more than a page of it. */
export class Recovery {
  readonly #deps: RecoveryDeps;
  /** The node's id is told to nobody here, so it is not asked for. */
  readonly #speaker: Speaker;

  constructor(deps: RecoveryDeps) {
    this.#deps = deps;
    const { id: peer, peername } = deps.identity;
    this.#speaker = { peer, peername, ipfsPeerId: "" };
  }

  async recover(cid: CID, options: LocalOptions = {}): Promise<GlobalPinInfo> {
    const isTried = await this.#retry(cid);
    if (options.isLocal === true && !isTried) {
      const pin = await this.#deps.consensus.get(cid);
      if (pin === undefined) throw new NotInPinsetError(cid.toString());
    }
    return this.#deps.statuses.status(cid, options);
  }

  /** Yields what was queued again. What is not due is left alone. */
  async *recoverAll(
    options: LocalOptions = {},
    isDue: IsDue = () => true,
  ): AsyncGenerator<GlobalPinInfo> {
    const { statuses, tracker } = this.#deps;
    for await (const cid of this.finishUnpins(options, isDue)) {
      yield await statuses.status(cid, options);
    }
    for await (const pin of this.#lost(({ cid }) => isDue(tracker.get(cid)), options)) {
      await tracker.room();
      if (await this.#retry(pin.cid)) yield await statuses.status(pin.cid, options);
    }
  }

  /** Tries unpins that the node has not done: it was away or refused, or the peer has crashed. Yields what was tried. */
  async *finishUnpins(
    { signal }: LocalOptions = {},
    isDue: IsDue = () => true,
  ): AsyncGenerator<CID> {
    const { tracker, unpins } = this.#deps;
    for await (const cid of unpins.list()) {
      if (signal?.aborted === true) return;
      const operation = tracker.get(cid);
      const isUnderWay = operation !== undefined && operation.phase !== "failed";
      if (!isUnderWay && isDue(operation) && (await this.#finishUnpin(cid))) yield cid;
    }
  }

  /** Queues what waits in the pinset, that of priority first. What has failed is left for the next recovery. */
  async queueBacklog(signal: AbortSignal): Promise<void> {
    const { tracker } = this.#deps;
    let retried = 0;
    for (const isPriority of [true, false]) {
      const isInTurn = (pin: Pin): boolean =>
        tracker.isPriority(pin) === isPriority && tracker.get(pin.cid) === undefined;
      for await (const pin of this.#lost(isInTurn, { signal })) {
        await tracker.room();
        signal.throwIfAborted();
        if (tracker.get(pin.cid) === undefined) await this.#retry(pin.cid);
        retried += 1;
        if (retried % retriesATurn === 0) await setImmediate();
      }
    }
  }

  /** Entries of the pinset that the node should keep and does not, and that nobody is at work on. */
  async *#lost(isWanted: (pin: Pin) => boolean, { signal }: LocalOptions): AsyncGenerator<Pin> {
    for await (const page of this.#deps.consensus.pages()) {
      signal?.throwIfAborted();
      const pins = page.filter(isWanted);
      const infos = await pinInfosOf(this.#deps, pins, this.#speaker);
      for (const [index, pin] of pins.entries()) {
        const info = infos[index];
        if (info !== undefined && this.#mayBeLost(pin, info)) yield pin;
      }
      // a page at a time, so that requests come in between
      await setImmediate();
    }
  }

  #mayBeLost(pin: Pin, { status }: PinInfo): boolean {
    if (["pin_error", "unpin_error", "unexpectedly_unpinned"].includes(status)) return true;
    const operation = this.#deps.tracker.get(pin.cid);
    return status === "pin_queued" ? operation === undefined : operation?.phase === "offline";
  }

  /** Whether it is still to be unpinned. */
  #finishUnpin(cid: CID): Promise<boolean> {
    return this.#deps.lock.run(keyOf(cid), async () => {
      const { consensus, tracker, unpins } = this.#deps;
      const isWanted = (await consensus.get(cid)) !== undefined;
      await (isWanted ? unpins.remove(cid) : tracker.untrack(cid));
      return !isWanted;
    });
  }

  /** Whether there was something to try again. */
  #retry(cid: CID): Promise<boolean> {
    return this.#deps.lock.run(keyOf(cid), async () => {
      const { tracker, consensus } = this.#deps;
      if (tracker.get(cid)?.kind === "unpin") {
        await tracker.untrack(cid);
        return true;
      }
      const pin = await consensus.get(cid);
      if (pin === undefined) return false;
      const info = await pinInfoOf(this.#deps, { cid, pin, speaker: this.#speaker });
      if (!this.#mayBeLost(pin, info)) return false;
      await tracker.retry(pin);
      return true;
    });
  }
}
