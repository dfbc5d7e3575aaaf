import type { Target } from "./target.ts";
import type { Want } from "./want.ts";

/** How often a target may deny blocks, with none sent between, before it counts as useless for the DAG. */
const denialsMax = 64;

/** Whom a session asks for blocks without asking first whether they have them. */
export class UsefulTargets {
  /** With how often they have denied blocks since they last sent one. */
  readonly #useful = new Map<Target, number>();
  /** They were useful, and send nothing of what they were asked for. */
  readonly #stalled = new Set<Target>();

  get size(): number {
    return this.#useful.size;
  }

  get stalled(): ReadonlySet<Target> {
    return this.#stalled;
  }

  has(target: Target): boolean {
    return this.#useful.has(target);
  }

  /** True when it was not counted as useful. */
  add(target: Target): boolean {
    if (this.#useful.has(target)) return false;
    this.#stalled.delete(target);
    this.#useful.set(target, 0);
    return true;
  }

  delete(target: Target): void {
    this.#useful.delete(target);
    this.#stalled.delete(target);
  }

  stall(target: Target): void {
    this.#useful.delete(target);
    this.#stalled.add(target);
  }

  noteBlock(target: Target): void {
    this.#useful.set(target, 0);
  }

  noteDenial(target: Target): void {
    const denials = (this.#useful.get(target) ?? 0) + 1;
    if (denials >= denialsMax) this.#useful.delete(target);
    else if (this.#useful.has(target)) this.#useful.set(target, denials);
  }

  get hasRoom(): boolean {
    for (const target of this.#useful.keys()) if (target.window.hasRoom) return true;
    return false;
  }

  /**
   * The one that will have sent the block first; `busy` when all that may have it are asked for enough already,
   * `nobody` when all have denied it.
   */
  choose(want: Want, expectedBytes: number): Target | "busy" | "nobody" {
    let best: Target | undefined;
    let bestMs = Infinity;
    let isBusy = false;
    for (const target of this.#useful.keys()) {
      const answer = want.answerOf(target);
      if (answer === "denied") continue;
      isBusy = true;
      if (!target.window.hasRoom) continue;
      const ms = target.window.timeFor(expectedBytes) * (answer === "has" ? 1 : doubt);
      if (ms >= bestMs) continue;
      best = target;
      bestMs = ms;
    }
    return best ?? (isBusy ? "busy" : "nobody");
  }
}

/** One that has said that it has a block is preferred to one that is only likely to. */
const doubt = 1.5;
