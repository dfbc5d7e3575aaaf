import type { PinCallOptions, PinProgress } from "#cluster";
import { type Clock, startDeadline } from "#lib";
import {
  BlockNotFoundError,
  type CID,
  parseCid,
  type Pin,
  type PinMode,
  type SignalOptions,
} from "#model";

import { decode, pinLsAnswer, pinProgressAnswer } from "./answers.ts";
import { KuboAnswerError, KuboDamagedError, UnpinDisabledError } from "./errors.ts";
import type { KuboRpc } from "./kubo-rpc.ts";
import { PinProgresses } from "./pin-progresses.ts";

/** As many of a pin's origins the node is connected to. */
const originsMax = 10;
/** While the node says nothing of how far a `pin/update` is, its life is told this often. */
const heartbeatMs = 1000;

export interface KuboPinsOptions {
  /** For a call that is answered soon, and for a `pin/update`. */
  readonly requestTimeoutMs: number;
  readonly unpinTimeoutMs: number;
  readonly isUnpinDisabled: boolean;
}

export interface KuboPinRecord {
  readonly cid: CID;
  readonly mode: PinMode;
}

/** Pins of a Kubo; calls and their order as IPFS Cluster 1.1.6 has them (cluster 6.3.4). */
export class KuboPins {
  readonly #rpc: KuboRpc;
  readonly #clock: Clock;
  readonly #options: KuboPinsOptions;
  readonly #progress: PinProgresses;

  constructor(deps: { readonly rpc: KuboRpc; readonly clock: Clock }, options: KuboPinsOptions) {
    this.#rpc = deps.rpc;
    this.#clock = deps.clock;
    this.#options = options;
    this.#progress = new PinProgresses(deps.clock);
  }

  /** How far a `pin/add` is that is under way. */
  progress(cid: CID): PinProgress | undefined {
    return this.#progress.get(cid);
  }

  /** @throws {BlockNotFoundError} when something is missing and `isLocalOnly` */
  async pin(pin: Pin, options: PinCallOptions = {}): Promise<void> {
    const over = new AbortController();
    const life = new Life(options);
    try {
      if (options.isLocalOnly !== true) this.#connect(pin.origins, over.signal);
      if (await this.#update(pin, options, life)) return;
      await this.#add(pin, options, life);
    } catch (cause) {
      if (options.isLocalOnly === true && isMissing(cause)) {
        throw new BlockNotFoundError(pin.cid.toString(), true);
      }
      throw cause;
    } finally {
      over.abort(new Error("the pin is done"));
    }
  }

  /** Nothing happens when it is not pinned. @throws {UnpinDisabledError} */
  async unpin(cid: CID, { signal }: SignalOptions = {}): Promise<void> {
    const { isUnpinDisabled, unpinTimeoutMs: timeoutMs } = this.#options;
    if (isUnpinDisabled) throw new UnpinDisabledError();
    try {
      await this.#rpc.json(`pin/rm?arg=${cid.toString()}`, { signal, timeoutMs });
    } catch (cause) {
      const isUnpinned =
        cause instanceof KuboAnswerError && cause.reason === "not pinned or pinned indirectly";
      if (!isUnpinned) throw cause;
    }
  }

  /** Recursive first: that is how nearly all are, and asking for any kind makes Kubo walk its pins. */
  async status(cid: CID, options: SignalOptions = {}): Promise<PinMode | undefined> {
    if (await this.#isPinned(cid, "recursive", options)) return "recursive";
    return (await this.#isPinned(cid, "direct", options)) ? "direct" : undefined;
  }

  async *list(options: SignalOptions = {}): AsyncGenerator<KuboPinRecord> {
    const { requestTimeoutMs: timeoutMs } = this.#options;
    for (const mode of ["recursive", "direct"] as const) {
      const call = `pin/ls?stream=true&type=${mode}`;
      for await (const line of this.#rpc.lines(call, { ...options, timeoutMs })) {
        yield { cid: parseCid(decode(pinLsAnswer, line, call).Cid), mode };
      }
    }
  }

  async #isPinned(cid: CID, mode: PinMode, { signal }: SignalOptions): Promise<boolean> {
    const call = `pin/ls?stream=true&arg=${cid.toString()}&type=${mode}`;
    try {
      const answer = await this.#rpc.json(call, {
        signal,
        timeoutMs: this.#options.requestTimeoutMs,
      });
      return decode(pinLsAnswer, answer, call).Type === mode;
    } catch (cause) {
      const isUnpinned = cause instanceof KuboAnswerError && cause.reason.endsWith("not pinned");
      if (isUnpinned) return false;
      throw cause;
    }
  }

  /** Beside the pin, and whatever comes of it: the content may come from others. */
  #connect(origins: readonly string[], signal: AbortSignal): void {
    for (const origin of origins.slice(0, originsMax)) {
      const call = `swarm/connect?arg=${encodeURIComponent(origin)}`;
      this.#rpc.json(call, { signal }).catch(() => undefined);
    }
  }

  async #add(pin: Pin, options: PinCallOptions, life: Life): Promise<void> {
    const call = `pin/add?arg=${pin.cid.toString()}&${depthOf(pin)}&progress=true${offline(options)}`;
    using progress = this.#progress.begin(pin.cid);
    let isPinned = false;
    for await (const line of this.#rpc.lines(call, { signal: options.signal })) {
      const { Pins, Progress = 0, Bytes = 0 } = decode(pinProgressAnswer, line, call);
      progress.note(Progress, Bytes);
      life.note(Progress, Bytes);
      isPinned ||= Pins !== undefined && Pins !== null;
    }
    if (!isPinned) throw new KuboDamagedError(call, "it ended before the pin was told");
  }

  /**
   * Where the pin follows another one that the node has whole, only what differs is walked. Kubo tells no progress then,
   * so the time is limited, after which the whole is walked: what came meanwhile is there.
   */
  async #update({ cid, pinUpdate }: Pin, options: PinCallOptions, life: Life): Promise<boolean> {
    if (pinUpdate === undefined) return false;
    const isFromPinned = await this.#isPinned(pinUpdate, "recursive", options).catch(() => false);
    if (!isFromPinned) return false;
    const from = pinUpdate.toString();
    const call = `pin/update?arg=${from}&arg=${cid.toString()}&unpin=false${offline(options)}`;
    const deadline = startDeadline(this.#clock, this.#options.requestTimeoutMs, options.signal);
    const stop = new AbortController();
    this.#beat(life, stop.signal).catch(() => undefined); // stopped
    try {
      await this.#rpc.json(call, { signal: deadline.signal });
      return true;
    } catch (cause) {
      if (deadline.isOver) return false;
      throw cause;
    } finally {
      deadline.stop();
      stop.abort(new Error("done"));
    }
  }

  /** Until it is stopped, which rejects. */
  async #beat(life: Life, signal: AbortSignal): Promise<never> {
    for (;;) {
      await this.#clock.sleep(heartbeatMs, signal);
      life.beat();
    }
  }
}

/** Tells on how a pin goes. Beats count as blocks, and stay counted: only what is more than before is a sign of life. */
class Life {
  readonly #tell: PinCallOptions["onProgress"];
  #beats = 0;

  constructor({ onProgress }: PinCallOptions) {
    this.#tell = onProgress;
  }

  beat(): void {
    this.#beats += 1;
    this.note(0, 0);
  }

  note(blocks: number, bytes: number): void {
    this.#tell?.(this.#beats + blocks, bytes);
  }
}

function depthOf({ maxDepth }: Pin): string {
  if (maxDepth === 0) return "recursive=false";
  return maxDepth < 0 ? "recursive=true" : `max-depth=${maxDepth}&recursive=true`;
}

function offline({ isLocalOnly }: PinCallOptions): string {
  return isLocalOnly === true ? "&offline=true" : "";
}

function isMissing(cause: unknown): boolean {
  return cause instanceof KuboAnswerError && /could not find|not found locally/.test(cause.reason);
}
