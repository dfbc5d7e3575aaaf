import type { CID } from "#model";

import { type BlockKey, keyOfCid } from "../codec/block-key.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Target } from "./target.ts";
import type { Waiter } from "./waiter.ts";

/**
 * `queued`: nobody is asked for the block. `asked`: somebody is. `probing`: peers are asked whether they have it.
 * `missing`: all of them denied it. `done`: it came, or nobody waits any more.
 */
export type WantState = "queued" | "asked" | "probing" | "missing" | "done";

/** What is known of a target and this block. */
export type Answer = "asked" | "has" | "denied";

/** One block that somebody waits for. */
export class Want {
  readonly cid: CID;
  readonly key: BlockKey;
  readonly waiters: Waiter[] = [];
  state: WantState = "queued";
  /** Whose task it is to get it: that of the session which wanted it first, and still does. */
  scheduler: Scheduler;
  /** Who was asked for the block itself. */
  target: Target | undefined;
  askedAt = 0;
  #answers: Map<Target, Answer> | undefined;

  constructor(cid: CID, scheduler: Scheduler) {
    this.cid = cid;
    this.key = keyOfCid(cid);
    this.scheduler = scheduler;
  }

  answerOf(target: Target): Answer | undefined {
    return this.#answers?.get(target);
  }

  note(target: Target, answer: Answer): void {
    this.#answers ??= new Map();
    this.#answers.set(target, answer);
  }

  forget(target: Target): void {
    this.#answers?.delete(target);
  }

  /** Those who know that the block is wanted. */
  answers(): Iterable<readonly [target: Target, answer: Answer]> {
    return this.#answers ?? [];
  }

  count(answer: Answer): number {
    let count = 0;
    for (const [, one] of this.answers()) if (one === answer) count += 1;
    return count;
  }

  /** Whoever denied it may be asked again. */
  forgetDenials(): void {
    for (const [target, answer] of this.answers()) if (answer === "denied") this.forget(target);
  }
}
