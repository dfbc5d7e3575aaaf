import { type Clock, CodedError, linkAborts, type Logger, messageOf } from "#lib";
import type { CID, Pin, PinMode } from "#model";

import { PinQueueFullError } from "./errors.ts";
import { cidOf, keyOf, type Operation, OperationQueue } from "./operations.ts";
import { PinWatch } from "./pin-watch.ts";
import type { Consensus, IpfsConnector, UnpinJournal } from "./ports.ts";
import type { TrackerConfig } from "./types.ts";

/** Operations of a sweep that may wait for their first attempt; the sweep goes on when there are fewer. */
const sweepWindow = 1000;

export interface TrackerDeps {
  readonly consensus: Consensus;
  readonly connector: IpfsConnector;
  readonly unpins?: UnpinJournal | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Stage = "local" | "fetch";

interface Lane {
  readonly queue: OperationQueue;
  running: number;
}

/**
 * Brings the IPFS node in line with the pinset, one operation a CID. A pin is first tried with what is here (lane `local`);
 * what is missing then waits for its turn to be fetched (lane `fetch`), so that content nobody has holds up nothing that is
 * here. At most `concurrentPins` run in each lane. A failed operation stays, with its reason, until it is tried again.
 * Not for concurrent calls with one CID: the cluster has a lock for each.
 */
export class PinTracker {
  readonly #deps: TrackerDeps;
  readonly #config: TrackerConfig & { readonly isOffline: boolean };
  readonly #operations = new Map<string, Operation>();
  readonly #stages = new Map<Operation, Stage>();
  readonly #lanes: Readonly<Record<Stage, Lane>> = {
    local: { queue: new OperationQueue(), running: 0 },
    fetch: { queue: new OperationQueue(), running: 0 },
  };
  /** Called when an operation has left the lane `local`. */
  readonly #waiters = new Map<Operation, () => void>();
  #roomWaiters: (() => void)[] = [];
  #isClosed = false;

  constructor(deps: TrackerDeps, config: TrackerConfig & { readonly isOffline: boolean }) {
    this.#deps = deps;
    this.#config = config;
  }

  get(cid: CID): Operation | undefined {
    return this.#operations.get(keyOf(cid));
  }

  /** All operations, as they are when they are reached. */
  operations(): Iterable<Operation> {
    return this.#operations.values();
  }

  /** How many pins wait. */
  get queueSize(): number {
    return this.#lanes.local.queue.size + this.#lanes.fetch.queue.size;
  }

  /** Starts to pin, and waits until it is known whether the content is here, up to `localPinWaitMs`. */
  async track(pin: Pin): Promise<void> {
    const operation = await this.#restart(pin);
    if (operation === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiters.set(operation, resolve);
    const patience = new AbortController();
    const timeout = this.#deps.clock.sleep(this.#config.localPinWaitMs, patience.signal);
    timeout.catch(() => undefined);
    await Promise.race([promise, timeout]);
    patience.abort();
    this.#waiters.delete(operation);
  }

  /** Keeps content that the caller has just written whole. @throws what the node throws, and stays as a failed operation */
  async adopt(pin: Pin): Promise<void> {
    const key = keyOf(pin.cid);
    const before = this.#operations.get(key);
    if (before !== undefined) await this.#drop(before);
    const operation = this.#create({ key, kind: "pin", mode: pin.mode, before });
    operation.phase = "running";
    operation.attemptCount += 1;
    try {
      await this.#deps.connector.pinWritten(pin);
      this.#forget(operation);
    } catch (cause) {
      this.#fail(operation, messageOf(cause));
      throw cause;
    }
  }

  /** Queues a pin again. Nothing happens while it is being fetched. */
  async retry(pin: Pin): Promise<void> {
    await this.#restart(pin);
  }

  /** Resolves when few operations wait for their first attempt: a sweep asks before each retry. */
  async room(): Promise<void> {
    while (this.#lanes.local.queue.size >= sweepWindow && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
  }

  /** Stops what is under way and removes the pin from the node. A failure stays as an operation. */
  async untrack(cid: CID): Promise<void> {
    const key = keyOf(cid);
    const before = this.#operations.get(key);
    if (before !== undefined) await this.#drop(before);
    const operation = this.#create({ key, kind: "unpin", mode: "recursive", before });
    operation.phase = "running";
    operation.attemptCount += 1;
    try {
      await this.#deps.connector.unpin(cid);
      await this.#deps.unpins?.remove(cid);
      this.#forget(operation);
    } catch (cause) {
      this.#fail(operation, messageOf(cause));
    }
  }

  /** Stops everything that runs and waits until it has. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const lane of Object.values(this.#lanes)) lane.queue.clear();
    this.#releaseRoom();
    const running = [...this.#operations.values()].flatMap((operation) => operation.run ?? []);
    for (const run of running) run.abort.abort(new Error("closed"));
    await Promise.all(running.map((run) => run.done));
  }

  /** Puts a pin at the beginning of its way; undefined when that would change nothing or there is no room. */
  async #restart(pin: Pin): Promise<Operation | undefined> {
    if (this.#isClosed) return undefined;
    const key = keyOf(pin.cid);
    const before = this.#operations.get(key);
    const isFetching = before?.run !== undefined && this.#stages.get(before) === "fetch";
    if (before?.kind === "pin" && before.mode === pin.mode && isFetching) return undefined;
    if (before !== undefined) await this.#drop(before);
    if (!this.#makeRoom()) {
      const { message } = new PinQueueFullError();
      this.#deps.logger.error(message, { cid: pin.cid.toString() });
      return undefined;
    }
    const operation = this.#create({ key, kind: "pin", mode: pin.mode, before });
    const ageMs = operation.timestamp - pin.timestamp;
    operation.isPriority =
      ageMs < this.#config.priorityPinMaxAgeMs &&
      operation.attemptCount <= this.#config.priorityPinMaxRetries;
    this.#enter(operation, "local");
    return operation;
  }

  #create(of: {
    readonly key: string;
    readonly kind: Operation["kind"];
    readonly mode: PinMode;
    readonly before: Operation | undefined;
  }): Operation {
    const { before, ...named } = of;
    const operation: Operation = {
      ...named,
      phase: "queued",
      error: "",
      timestamp: this.#deps.clock.now(),
      attemptCount: before?.kind === of.kind ? before.attemptCount : 0,
      isPriority: false,
      run: undefined,
    };
    this.#operations.set(of.key, operation);
    return operation;
  }

  #enter(operation: Operation, stage: Stage): void {
    this.#stages.set(operation, stage);
    operation.phase = "queued";
    this.#lanes[stage].queue.push(operation);
    this.#fill(stage);
  }

  #fill(stage: Stage): void {
    const lane = this.#lanes[stage];
    while (lane.running < this.#config.concurrentPins && !this.#isClosed) {
      const key = lane.queue.take();
      if (key === undefined) break;
      const operation = this.#operations.get(key);
      if (operation === undefined) continue;
      const abort = new AbortController();
      lane.running += 1;
      operation.phase = "running";
      operation.timestamp = this.#deps.clock.now();
      if (stage === "local") operation.attemptCount += 1;
      operation.run = { abort, done: this.#run(operation, { stage, signal: abort.signal }) };
    }
    if (stage === "local" && lane.queue.size < sweepWindow) this.#releaseRoom();
  }

  async #run(
    operation: Operation,
    at: { readonly stage: Stage; readonly signal: AbortSignal },
  ): Promise<void> {
    let outcome: "done" | "missing" | { readonly error: string };
    try {
      outcome = await this.#attempt(operation, at);
    } catch (cause) {
      outcome = { error: messageOf(cause) };
    }
    operation.run = undefined;
    this.#lanes[at.stage].running -= 1;
    if (!at.signal.aborted) this.#conclude(operation, outcome);
    if (at.stage === "local") this.#leaveLocal(operation);
    this.#fill(at.stage);
  }

  async #attempt(
    operation: Operation,
    at: { readonly stage: Stage; readonly signal: AbortSignal },
  ): Promise<"done" | "missing"> {
    const { consensus, connector } = this.#deps;
    const pin = await consensus.get(cidOf(operation.key));
    if (pin === undefined || satisfies(await connector.pinStatus(pin.cid), pin)) return "done";
    if (at.stage === "fetch") {
      await this.#fetch(pin, at.signal);
      return "done";
    }
    try {
      await connector.pin(pin, { signal: at.signal, isLocalOnly: true });
    } catch (cause) {
      const isMissing = cause instanceof CodedError && cause.code === "BLOCK_NOT_FOUND";
      if (isMissing) return "missing";
      throw cause;
    }
    return "done";
  }

  /** @throws {PinTimeoutError} when nothing new comes for `pinTimeoutMs` */
  async #fetch(pin: Pin, signal: AbortSignal): Promise<void> {
    const { connector, clock } = this.#deps;
    const waiting = (): string => connector.pinProgress?.(pin.cid)?.waiting ?? "";
    using watch = new PinWatch({ clock, waiting }, { timeoutMs: this.#config.pinTimeoutMs });
    using either = linkAborts(signal, watch.signal);
    const onProgress = (blocks: number): void => watch.note(blocks);
    await connector.pin(pin, { signal: either.signal, isLocalOnly: false, onProgress });
  }

  #conclude(operation: Operation, outcome: "done" | "missing" | { readonly error: string }): void {
    if (outcome === "done") this.#forget(operation);
    else if (outcome !== "missing") this.#fail(operation, outcome.error);
    else if (this.#config.isOffline) this.#set(operation, "offline", "offline");
    else this.#enter(operation, "fetch");
  }

  #fail(operation: Operation, error: string): void {
    this.#set(operation, "failed", error);
    const { kind, attemptCount } = operation;
    const cid = cidOf(operation.key).toString();
    this.#deps.logger.warn("a pin operation failed", { kind, cid, attemptCount, error });
  }

  #set(operation: Operation, phase: Operation["phase"], error: string): void {
    operation.phase = phase;
    operation.error = error;
    operation.timestamp = this.#deps.clock.now();
    this.#stages.delete(operation);
  }

  async #drop(operation: Operation): Promise<void> {
    const stage = this.#stages.get(operation);
    if (stage !== undefined) this.#lanes[stage].queue.delete(operation.key);
    operation.run?.abort.abort(new Error("replaced by another operation"));
    await operation.run?.done;
    this.#forget(operation);
    this.#leaveLocal(operation);
  }

  #forget(operation: Operation): void {
    this.#stages.delete(operation);
    if (this.#operations.get(operation.key) === operation) this.#operations.delete(operation.key);
  }

  /** Whether one more operation may be kept; the oldest that waits for nothing but a retry makes way. */
  #makeRoom(): boolean {
    if (this.#operations.size < this.#config.maxPinQueueSize) return true;
    for (const operation of this.#operations.values()) {
      if (operation.kind === "unpin" || !["failed", "offline"].includes(operation.phase)) continue;
      this.#forget(operation);
      return true;
    }
    return false;
  }

  #leaveLocal(operation: Operation): void {
    this.#waiters.get(operation)?.();
  }

  #releaseRoom(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

/** Whether the node keeps what the pin asks for; a recursive record keeps a single block too. */
export function satisfies(mode: PinMode | undefined, pin: Pin): boolean {
  return mode === "recursive" || (mode === "direct" && pin.maxDepth === 0);
}
