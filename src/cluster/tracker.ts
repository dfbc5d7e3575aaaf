import { type Clock, CodedError, linkAborts, type Logger, messageOf } from "#lib";
import type { CID, Pin, PinMode } from "#model";

import { Backlog } from "./backlog.ts";
import { PinQueueFullError } from "./errors.ts";
import { cidOf, keyOf, type Operation, OperationQueue, type Stage } from "./operations.ts";
import { PinWatch } from "./pin-watch.ts";
import type { Consensus, IpfsConnector, UnpinJournal } from "./ports.ts";
import type { TrackerConfig } from "./types.ts";

/** Operations of a sweep that may wait for a look at what is here; the sweep goes on when there are fewer. */
const sweepWindow = 1000;
/** Operations in memory; each takes about 300 bytes. What is beyond waits in the pinset. */
const operationsMaxDefault = 20_000;

export interface TrackerDeps {
  readonly consensus: Consensus;
  readonly connector: IpfsConnector;
  readonly unpins: UnpinJournal;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Lane {
  readonly queue: OperationQueue;
  running: number;
}

type Outcome = "done" | "missing" | { readonly error: string };

/**
 * Brings the IPFS node in line with the pinset, one operation a CID. A pin is first tried with what is here (lane `local`);
 * what is missing then waits for its turn to be fetched (lane `fetch`), so that content nobody has holds up nothing that is
 * here. At most `concurrentPins` run in each lane. A failed operation stays, with its reason, until it is tried again.
 * Not for concurrent calls with one CID: the cluster has a lock for each.
 */
export class PinTracker {
  /** Pins that wait in the pinset for room here. */
  readonly backlog = new Backlog();
  readonly isOffline: boolean;
  readonly #deps: TrackerDeps;
  readonly #config: TrackerConfig;
  readonly #operationsMax: number;
  readonly #operations = new Map<string, Operation>();
  readonly #lanes: Readonly<Record<Stage, Lane>> = {
    local: { queue: new OperationQueue(), running: 0 },
    fetch: { queue: new OperationQueue(), running: 0 },
  };
  /** What waits for nothing but a retry, the oldest first. The pinset and the journal of unpins know it too. */
  readonly #resting = new Set<Operation>();
  #roomWaiters: (() => void)[] = [];
  /** Answers that wait for content that may be here. */
  #waiters = 0;
  readonly #closing = new AbortController();

  constructor(deps: TrackerDeps, config: TrackerConfig & { readonly isOffline: boolean }) {
    this.#deps = deps;
    this.#config = config;
    this.isOffline = config.isOffline;
    this.#operationsMax = config.operationsMax ?? operationsMaxDefault;
  }

  get(cid: CID): Operation | undefined {
    return this.#operations.get(keyOf(cid));
  }

  /** The operations of now, as they are when they are reached; those that come meanwhile are left out. */
  *operations(): Generator<Operation> {
    for (const key of this.#operations.keys().toArray()) {
      const operation = this.#operations.get(key);
      if (operation !== undefined) yield operation;
    }
  }

  /** How many pins wait. */
  get queueSize(): number {
    return this.#lanes.local.queue.size + this.#lanes.fetch.queue.size;
  }

  /** Whether a pin goes before others. */
  isPriority(pin: Pin, attemptCount = 0): boolean {
    const ageMs = this.#deps.clock.now() - pin.timestamp;
    const { priorityPinMaxAgeMs, priorityPinMaxRetries } = this.#config;
    return ageMs < priorityPinMaxAgeMs && attemptCount <= priorityPinMaxRetries;
  }

  /** Starts to pin, and waits until it is known whether the content is here, up to `localPinWaitMs` and not with many. */
  async track(pin: Pin): Promise<void> {
    const { clock } = this.#deps;
    if (!(await this.#mayBeHere(pin))) return this.#restart(pin, { stage: "fetch" });
    const { promise, resolve } = Promise.withResolvers<void>();
    await this.#restart(pin, { stage: "local", onLocalEnd: resolve });
    const { localPinWaitMs, localPinWaitersMax } = this.#config;
    if (this.#waiters >= localPinWaitersMax) return;
    this.#waiters += 1;
    const patience = new AbortController();
    const timeout = clock.sleep(localPinWaitMs, patience.signal);
    timeout.catch(() => undefined);
    await Promise.race([promise, timeout]);
    patience.abort();
    this.#waiters -= 1;
  }

  /** Keeps content that the caller has just written whole. @throws what the node throws, and stays as a failed operation */
  async adopt(pin: Pin): Promise<void> {
    const before = await this.#replace(keyOf(pin.cid));
    const operation = this.#create(pin.cid, { kind: "pin", mode: pin.mode, before });
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
    await this.#restart(pin, { stage: (await this.#mayBeHere(pin)) ? "local" : "fetch" });
  }

  /** Resolves when there is room for another pin of a sweep, which asks before each. */
  async room(): Promise<void> {
    while (!this.#hasRoom() && !this.#closing.signal.aborted) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
  }

  /** Stops what is under way and removes the pin from the node. A failure stays as an operation. */
  async untrack(cid: CID): Promise<void> {
    const before = await this.#replace(keyOf(cid));
    const operation = this.#create(cid, { kind: "unpin", mode: "recursive", before });
    operation.phase = "running";
    operation.attemptCount += 1;
    const { signal } = this.#closing;
    try {
      await this.#deps.connector.unpin(cid, { signal });
      await this.#deps.unpins.remove(cid);
      this.#forget(operation);
    } catch (cause) {
      if (signal.aborted) this.#forget(operation);
      else this.#fail(operation, messageOf(cause));
    }
  }

  /** Stops everything that runs and waits until it has. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("closed"));
    for (const lane of Object.values(this.#lanes)) lane.queue.clear();
    this.#releaseRoom();
    const running = [...this.#operations.values()].flatMap((operation) => operation.run ?? []);
    for (const run of running) run.abort.abort(new Error("closed"));
    await Promise.all(running.map((run) => run.done));
  }

  /** A pin without its first block need not be tried with what is here. */
  async #mayBeHere({ cid }: Pin): Promise<boolean> {
    return (await this.#deps.connector.hasBlock?.(cid)) ?? true;
  }

  /** Puts a pin at the beginning of its way, unless that would change nothing. */
  async #restart(
    pin: Pin,
    at: { readonly stage: Stage; readonly onLocalEnd?: () => void },
  ): Promise<void> {
    const key = keyOf(pin.cid);
    const before = this.#operations.get(key);
    const isFetching = before?.run !== undefined && before.stage === "fetch";
    const isSame = before?.kind === "pin" && before.mode === pin.mode && isFetching;
    if (this.#closing.signal.aborted || isSame) return at.onLocalEnd?.();
    if (before !== undefined) await this.#drop(before);
    // nothing can be done about it, so nothing need be remembered: the pinset tells the rest
    const isHopeless = at.stage === "fetch" && this.isOffline;
    if (isHopeless || !this.#makeRoom(pin)) return at.onLocalEnd?.();
    const operation = this.#create(pin.cid, { kind: "pin", mode: pin.mode, before });
    operation.onLocalEnd = at.onLocalEnd;
    operation.isPriority = this.isPriority(pin, operation.attemptCount);
    if (this.queueSize >= this.#config.maxPinQueueSize) {
      this.#fail(operation, new PinQueueFullError().message);
      return this.#endLocal(operation);
    }
    if (at.stage === "fetch") operation.attemptCount += 1;
    this.#enter(operation, at.stage);
  }

  /** Takes an operation out of the way of another one. */
  async #replace(key: string): Promise<Operation | undefined> {
    const before = this.#operations.get(key);
    if (before !== undefined) await this.#drop(before);
    return before;
  }

  #create(
    cid: CID,
    of: {
      readonly kind: Operation["kind"];
      readonly mode: PinMode;
      readonly before: Operation | undefined;
    },
  ): Operation {
    const { kind, mode, before } = of;
    const operation: Operation = {
      key: keyOf(cid),
      kind,
      mode,
      phase: "queued",
      stage: "local",
      error: "",
      timestamp: this.#deps.clock.now(),
      attemptCount: before?.kind === kind ? before.attemptCount : 0,
      isPriority: false,
      run: undefined,
      onLocalEnd: undefined,
    };
    this.#operations.set(operation.key, operation);
    return operation;
  }

  #enter(operation: Operation, stage: Stage): void {
    operation.stage = stage;
    operation.phase = "queued";
    this.#lanes[stage].queue.push(operation);
    this.#fill(stage);
  }

  #fill(stage: Stage): void {
    const lane = this.#lanes[stage];
    while (lane.running < this.#config.concurrentPins && !this.#closing.signal.aborted) {
      const key = lane.queue.take();
      if (key === undefined) break;
      const operation = this.#operations.get(key);
      if (operation === undefined) continue;
      const abort = new AbortController();
      lane.running += 1;
      operation.phase = "running";
      operation.timestamp = this.#deps.clock.now();
      if (stage === "local") operation.attemptCount += 1;
      operation.run = { abort, done: this.#run(operation, abort.signal) };
    }
    if (this.#roomWaiters.length > 0 && this.#hasRoom()) this.#releaseRoom();
  }

  async #run(operation: Operation, signal: AbortSignal): Promise<void> {
    const { stage } = operation;
    let outcome: Outcome;
    try {
      outcome = await this.#attempt(operation, signal);
    } catch (cause) {
      outcome = { error: messageOf(cause) };
    }
    operation.run = undefined;
    this.#lanes[stage].running -= 1;
    // before it goes on: nobody waits for a fetch
    if (stage === "local") this.#endLocal(operation);
    if (!signal.aborted) this.#conclude(operation, outcome);
    this.#fill(stage);
  }

  async #attempt(operation: Operation, signal: AbortSignal): Promise<"done" | "missing"> {
    const { consensus, connector } = this.#deps;
    const pin = await consensus.get(cidOf(operation.key));
    if (pin === undefined) return "done";
    if (satisfies(await connector.pinStatus(pin.cid, { signal }), pin)) return "done";
    if (operation.stage === "fetch") {
      await this.#fetch(pin, signal);
      return "done";
    }
    try {
      await connector.pin(pin, { signal, isLocalOnly: true });
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

  #conclude(operation: Operation, outcome: Outcome): void {
    if (outcome === "done") this.#forget(operation);
    else if (outcome !== "missing") this.#fail(operation, outcome.error);
    else if (this.isOffline) this.#rest(operation, "offline", "offline");
    else this.#enter(operation, "fetch");
  }

  #fail(operation: Operation, error: string): void {
    this.#rest(operation, "failed", error);
    const { kind, attemptCount } = operation;
    const cid = cidOf(operation.key).toString();
    this.#deps.logger.warn("a pin operation failed", { kind, cid, attemptCount, error });
  }

  #rest(operation: Operation, phase: "failed" | "offline", error: string): void {
    operation.phase = phase;
    operation.error = error;
    operation.timestamp = this.#deps.clock.now();
    this.#resting.add(operation);
    if (this.#operations.size > this.#operationsMax) this.#forgetOldest();
  }

  async #drop(operation: Operation): Promise<void> {
    this.#lanes[operation.stage].queue.delete(operation.key);
    operation.run?.abort.abort(new Error("replaced by another operation"));
    await operation.run?.done;
    this.#forget(operation);
    this.#endLocal(operation);
  }

  #forget(operation: Operation): void {
    this.#resting.delete(operation);
    if (this.#operations.get(operation.key) === operation) this.#operations.delete(operation.key);
  }

  /** Whether one more operation may be kept. One that only rests makes way, and for a pin of priority one without. */
  #makeRoom(pin: Pin): boolean {
    if (this.#operations.size < this.#operationsMax) return true;
    if (this.#forgetOldest()) return true;
    this.backlog.note();
    const key = this.isPriority(pin) ? this.#lanes.fetch.queue.takeNormal() : undefined;
    return key !== undefined && this.#operations.delete(key);
  }

  /** Makes room by what only rests. */
  #forgetOldest(): boolean {
    for (const operation of this.#resting) {
      this.#forget(operation);
      return true;
    }
    return false;
  }

  #hasRoom(): boolean {
    const isHalfEmpty =
      this.queueSize < Math.min(this.#operationsMax, this.#config.maxPinQueueSize) / 2;
    return isHalfEmpty && this.#lanes.local.queue.size < sweepWindow;
  }

  #endLocal(operation: Operation): void {
    operation.onLocalEnd?.();
    operation.onLocalEnd = undefined;
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
