import { type Clock, type Logger, messageOf } from "#lib";

import type { ExchangeBounds } from "../bounds.ts";
import type { BlockKey } from "../codec/block-key.ts";
import { encodeMessage, wantSize } from "../codec/encode.ts";
import type { Dialect, WantEntry } from "../codec/message.ts";
import { OutStream, type OutStreamDeps } from "../out-stream.ts";
import { PeerWindow } from "./peer-window.ts";
import type { Target } from "./target.ts";
import type { Want } from "./want.ts";

export interface BitswapTargetDeps extends OutStreamDeps {
  readonly clock: Clock;
  readonly bounds: ExchangeBounds;
  readonly logger: Logger;
  onMessage(peer: string): void;
  /** It cannot be told anything: nothing that it was asked for will come. */
  onBroken(target: BitswapTarget): void;
}

/** Bytes of wants in one message, about; boxo splits at 2 MiB. */
const messageBytes = 256 * 1024;
const attemptsMax = 3;
const retryMs = 100;

/**
 * Our want list at one peer. Changes of one turn go out in one message; a new stream begins with the whole list. A peer
 * that does not know HAVE is asked for the block instead.
 */
export class BitswapTarget implements Target {
  readonly id: string;
  readonly isGateway = false;
  readonly window: PeerWindow;
  readonly #deps: BitswapTargetDeps;
  readonly #stream: OutStream;
  /** What the peer should know. */
  readonly #wanted = new Map<BlockKey, WantEntry>();
  /** What it does not know yet. */
  readonly #changes = new Map<BlockKey, WantEntry>();
  #priority = 0x7fffffff;
  #isSending = false;
  #isClosed = false;
  #answerMs: number | undefined;

  constructor(deps: BitswapTargetDeps, peer: string) {
    this.id = peer;
    this.#deps = deps;
    this.#stream = new OutStream(deps, peer);
    this.window = new PeerWindow(deps.bounds);
  }

  /** Everything that it is asked about. */
  get wantedCount(): number {
    return this.#wanted.size;
  }

  get answerTimeoutMs(): number {
    const { answerTimeoutMs } = this.#deps.bounds;
    if (this.#answerMs === undefined) return answerTimeoutMs;
    return Math.min(Math.max(8 * this.#answerMs, 500), answerTimeoutMs);
  }

  askBlock(want: Want): void {
    this.#ask(want, "block");
  }

  askHave(want: Want): void {
    this.#ask(want, "have");
  }

  cancel(want: Want): void {
    this.window.drop(want.key);
    const known = this.#wanted.get(want.key);
    if (known === undefined) return;
    this.#wanted.delete(want.key);
    this.#change(want.key, { ...known, priority: 0, isCancel: true, sendDontHave: false });
  }

  answered(want: Want): void {
    this.#wanted.delete(want.key);
    this.#changes.delete(want.key);
  }

  /** It has said HAVE or DONT_HAVE. */
  noteAnswer(tookMs: number): void {
    this.#answerMs =
      this.#answerMs === undefined ? tookMs : this.#answerMs + (tookMs - this.#answerMs) / 4;
  }

  sweep(now: number): void {
    this.#stream.sweep(now);
  }

  close(): void {
    this.#isClosed = true;
    this.#wanted.clear();
    this.#changes.clear();
    this.#stream.close();
  }

  #ask(want: Want, type: WantEntry["type"]): void {
    if (this.#priority <= 1) this.#priority = 0x7fffffff;
    this.#priority -= 1;
    const entry: WantEntry = {
      cid: want.cid.bytes,
      priority: this.#priority,
      isCancel: false,
      type,
      sendDontHave: true,
    };
    this.#wanted.set(want.key, entry);
    this.#change(want.key, entry);
  }

  #change(key: BlockKey, entry: WantEntry): void {
    if (this.#isClosed) return;
    this.#changes.set(key, entry);
    if (this.#isSending) return;
    this.#isSending = true;
    // at the end of the turn, so that what belongs together goes together
    setImmediate(() => {
      this.#send().catch((error: unknown) => {
        this.#deps.logger.debug("wants were not sent", { peer: this.id, error: messageOf(error) });
        this.#isSending = false;
        if (!this.#isClosed) this.#deps.onBroken(this);
      });
    });
  }

  async #send(): Promise<void> {
    for (let attempt = 1; this.#changes.size > 0 && !this.#isClosed;) {
      try {
        await this.#sendOne();
        attempt = 1;
      } catch (error) {
        if (attempt >= attemptsMax) throw error;
        await this.#deps.clock.sleep(retryMs * 2 ** attempt);
        attempt += 1;
      }
    }
    this.#isSending = false;
  }

  async #sendOne(): Promise<void> {
    const isFull = this.#stream.isNew;
    const dialect = await this.#stream.dialect();
    if (isFull) {
      this.#changes.clear();
      for (const [key, entry] of this.#wanted) this.#changes.set(key, entry);
    }
    const wants: WantEntry[] = [];
    let sizeBytes = 0;
    for (const [key, entry] of this.#changes) {
      if (sizeBytes >= messageBytes) break;
      this.#changes.delete(key);
      wants.push(inDialect(entry, dialect));
      sizeBytes += wantSize(entry);
    }
    if (wants.length === 0) return;
    await this.#stream.send(encodeMessage({ wants, isFull }, dialect), sizeBytes);
    this.#deps.onMessage(this.id);
  }
}

function inDialect(entry: WantEntry, dialect: Dialect): WantEntry {
  return dialect === "1.2" ? entry : { ...entry, type: "block", sendDontHave: false };
}
