import { AskedBlocks } from "./asked-blocks.ts";
import { BlockSizes } from "./block-sizes.ts";
import { RecentKeys } from "./recent-keys.ts";
import type { SchedulerDeps } from "./scheduler-deps.ts";
import type { Target } from "./target.ts";
import { UsefulTargets } from "./useful-targets.ts";
import { WantQueue } from "./want-queue.ts";
import type { Want } from "./want.ts";

/** Providers that were found and may still connect. */
const expectedMax = 256;
/** Ids of providers that are counted. */
const providersMax = 1024;
/** How long whoever was asked for a block on chance may take when others are known to have it. */
const chanceMs = 250;
/** Wants that are looked at when those before them have to wait for a busy target. */
const lookAheadMax = 32;

/**
 * Decides for one session who is asked for what. Those that were useful (they sent a block or said that they have one)
 * are asked for blocks at once, each within its window, those first that will answer first. What nobody useful has is
 * asked around: all connected peers are asked whether they have it, and one of them for the block.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #queue = new WantQueue((want) => this.#isQueued(want));
  /** What nobody useful has, while as much as may be is asked around for. */
  readonly #later = new WantQueue((want) => this.#isQueued(want));
  readonly #useful = new UsefulTargets();
  readonly #asked = new AskedBlocks();
  readonly #sizes = new BlockSizes();
  readonly #probing = new Set<Want>();
  readonly #missing = new Set<Want>();
  /** Those that are asked for blocks as soon as they connect. */
  readonly #expected = new RecentKeys(expectedMax);
  #wants = 0;
  #isPumpDue = false;
  #isPaused = false;
  readonly #providers = new Set<string>();

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  /** Wants that are not over. */
  get size(): number {
    return this.#wants;
  }

  /** What everybody has denied. */
  get missing(): ReadonlySet<Want> {
    return this.#missing;
  }

  /** How many have sent a block or said that they have one. */
  get providerCount(): number {
    return this.#providers.size;
  }

  get usefulCount(): number {
    return this.#useful.size + this.#useful.stalled.size;
  }

  /** Whoever has something sends nothing. */
  get isStalled(): boolean {
    return this.#useful.size === 0 && this.#useful.stalled.size > 0;
  }

  /** One that is still open, if possible one that nobody has. */
  anyWant(): Want | undefined {
    for (const want of this.#missing) return want;
    for (const want of this.#probing) return want;
    return this.#asked.first() ?? this.#queue.peek() ?? this.#later.peek();
  }

  add(want: Want): void {
    this.#wants += 1;
    want.scheduler = this;
    want.state = "queued";
    this.#queue.push(want);
    this.#schedule();
  }

  /** Nobody waits for it here any more. Those who were asked are told. */
  remove(want: Want): void {
    this.#end(want, undefined);
    this.#schedule();
  }

  /** The block came. */
  onBlock(want: Want, from: Target | undefined, sizeBytes: number): void {
    if (from !== undefined) {
      this.#sizes.add(sizeBytes);
      this.#noteProvider(from);
      this.#addUseful(from);
      this.#useful.noteBlock(from);
    }
    this.#end(want, from);
    this.#schedule();
  }

  onHave(want: Want, from: Target): void {
    want.note(from, "has");
    this.#noteProvider(from);
    // who says so again and sends nothing is believed when the block is there
    if (!this.#useful.stalled.has(from)) this.#addUseful(from);
    if (want.target === undefined && want.state !== "queued") this.#requeue(want);
    this.#schedule();
  }

  onDontHave(want: Want, from: Target): void {
    want.note(from, "denied");
    this.#useful.noteDenial(from);
    if (want.target === from) {
      this.#asked.remove(want);
      if (want.state === "asked") this.#requeue(want);
    }
    if (want.state === "probing") this.#afterDenial(want);
    this.#schedule();
  }

  /** Somebody new is there. */
  addTarget(target: Target): void {
    if (this.#wants === 0) return;
    if (this.#expected.has(target.id)) return this.prefer(target);
    let left = this.#deps.bounds.probesMax;
    for (const want of [...this.#missing, ...this.#probing]) {
      if ((left -= 1) < 0) return;
      if (want.state === "missing") this.#setProbing(want);
      this.#askHave(want, target);
    }
    const any = this.anyWant();
    if (any !== undefined) this.#askHave(any, target);
  }

  /** It probably has what is wanted: it is asked for blocks at once. */
  prefer(target: Target): void {
    if (!this.#addUseful(target)) return;
    for (const want of [...this.#probing].toReversed()) {
      if (want.target === undefined && want.answerOf(target) !== "denied") this.#requeue(want);
    }
    this.#schedule();
  }

  /** Is preferred when it connects. */
  expect(id: string): void {
    this.#expected.add(id);
  }

  /** It is gone, and will not answer. */
  removeTarget(target: Target): void {
    this.#release(target, "forget");
    this.#useful.delete(target);
    for (const want of this.#probing) {
      want.forget(target);
      this.#afterDenial(want);
    }
    this.#schedule();
  }

  /** Time goes by: who is silent for too long, of the time `since` when we could take something, is asked no more. */
  sweep(now: number, since: number): void {
    for (const target of this.#asked.targets) {
      if (this.#useful.stalled.has(target)) continue;
      const silentMs = Math.min(this.#asked.silentMs(target, now), now - since);
      if (silentMs > target.window.patienceMs) this.#stall(target);
      else this.#takeBackOldest(target, now);
    }
    for (const want of this.#probing) {
      this.#switch(want, now);
      for (const [target, answer] of want.answers()) {
        const silentMs = now - Math.max(want.askedAt, since);
        const isLate = answer === "asked" && silentMs > target.answerTimeoutMs;
        if (isLate && want.target !== target) want.note(target, "denied");
      }
      this.#afterDenial(want);
    }
    this.#schedule();
  }

  /** Asks everybody again about what nobody has, and those that have it and send nothing once more. */
  retry(): void {
    for (const target of this.#useful.stalled) {
      // what it has sent may have been lost with its stream
      for (const want of this.#asked.of(target)) this.#askBlock(want, target);
    }
    let left = this.#deps.bounds.probesMax - this.#probing.size;
    for (const want of this.#missing) {
      if ((left -= 1) < 0) break;
      want.forgetDenials();
      this.#requeue(want);
    }
    this.#schedule();
  }

  /** Asks for nothing more. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  /** Fills the windows soon: once for everything that happens in this turn. */
  #schedule(): void {
    if (this.#isPumpDue || this.#isPaused || this.#wants === 0) return;
    this.#isPumpDue = true;
    queueMicrotask(() => {
      this.#isPumpDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isPaused) return;
    while (this.#mayProbe && this.#deps.hasRoom()) {
      const want = this.#later.take();
      if (want === undefined) break;
      this.#place(want);
    }
    const waiting: Want[] = [];
    while (waiting.length < lookAheadMax && this.#deps.hasRoom()) {
      if (this.#useful.size === 0 ? !this.#mayProbe : !this.#useful.hasRoom) break;
      const want = this.#queue.take();
      if (want === undefined) break;
      if (!this.#place(want)) waiting.push(want);
    }
    for (const want of waiting.toReversed()) this.#queue.giveBack(want);
  }

  get #mayProbe(): boolean {
    return this.#probing.size < this.#deps.bounds.probesMax;
  }

  #isQueued(want: Want): boolean {
    return want.state === "queued" && want.scheduler === this;
  }

  /** False when it has to wait for a busy target. */
  #place(want: Want): boolean {
    const choice = this.#useful.choose(want, this.#sizes.expected);
    if (choice === "busy") return false;
    if (choice !== "nobody") {
      want.state = "asked";
      this.#askBlock(want, choice);
    } else if (this.#mayProbe) this.#probe(want);
    else this.#later.push(want);
    return true;
  }

  #askBlock(want: Want, target: Target): void {
    if (want.answerOf(target) === undefined) want.note(target, "asked");
    this.#asked.add(want, target, {
      now: this.#deps.clock.now(),
      expectedBytes: this.#sizes.expected,
    });
    target.askBlock(want);
  }

  #askHave(want: Want, target: Target): void {
    if (want.answerOf(target) !== undefined) return;
    want.note(target, "asked");
    target.askHave(want);
  }

  /** Asks around: everybody whether he has it, and the best one for the block. */
  #probe(want: Want): void {
    this.#setProbing(want);
    const asked = this.#strangers(want);
    if (asked.length === 0) return this.#afterDenial(want);
    const stalled = this.#useful.stalled;
    const best = asked
      .filter((target) => target.window.hasRoom && !stalled.has(target))
      .toSorted((one, other) => (other.window.speed ?? 0) - (one.window.speed ?? 0))[0];
    if (best !== undefined && want.target === undefined) this.#askBlock(want, best);
    for (const target of asked) this.#askHave(want, target);
  }

  /** Those that were not asked about it yet, as many as may be asked at once. */
  #strangers(want: Want): readonly Target[] {
    const strangers: Target[] = [];
    const max = this.#deps.bounds.broadcastPeersMax - want.count("asked");
    for (const target of this.#deps.targets()) {
      if (strangers.length >= max) break;
      if (want.answerOf(target) === undefined) strangers.push(target);
    }
    return strangers;
  }

  #setProbing(want: Want): void {
    this.#missing.delete(want);
    this.#probing.add(want);
    want.state = "probing";
    want.askedAt = this.#deps.clock.now();
  }

  /** When everybody asked has denied it, the next ones are asked; when there are none, it is missing. */
  #afterDenial(want: Want): void {
    for (const [, answer] of want.answers()) if (answer !== "denied") return;
    if (this.#strangers(want).length > 0) return this.#probe(want);
    this.#probing.delete(want);
    this.#missing.add(want);
    want.state = "missing";
  }

  #noteProvider({ id }: Target): void {
    if (this.#providers.size < providersMax) this.#providers.add(id);
  }

  #addUseful(target: Target): boolean {
    if (!this.#useful.add(target)) return false;
    for (let want = this.#later.take(); want !== undefined; want = this.#later.take()) {
      this.#queue.push(want);
    }
    // the last first, as each goes to the front
    for (const want of [...this.#missing].toReversed()) {
      if (want.answerOf(target) !== "denied") this.#requeue(want);
    }
    // what hangs at others can come from here
    for (const stalled of this.#useful.stalled) this.#release(stalled, "deny");
    return true;
  }

  #stall(target: Target): void {
    this.#useful.stall(target);
    target.window.collapse();
    if (this.#useful.size > 0) return this.#release(target, "deny");
    // nobody else is known to have it: it is asked once more, as what it sent may be lost, and so are the others
    let left = this.#deps.bounds.probesMax;
    for (const want of this.#asked.of(target)) {
      this.#askBlock(want, target);
      if ((left -= 1) < 0) continue;
      for (const stranger of this.#strangers(want)) this.#askHave(want, stranger);
    }
  }

  /** A target that sends other blocks, asked for later, will not send this one: not all say so. */
  #takeBackOldest(target: Target, now: number): void {
    const patienceMs = Math.max(4 * target.window.timeFor(0), this.#deps.bounds.stallMaxMs);
    for (const want of this.#asked.of(target)) {
      if (now - want.askedAt > patienceMs) this.#refuse(want, target);
      return;
    }
  }

  /** Who was asked for the block on chance, and is silent, while others say that they have it, is asked no more. */
  #switch(want: Want, now: number): void {
    const { target } = want;
    if (target === undefined || this.#useful.has(target) || now - want.askedAt < chanceMs) return;
    if (want.count("has") > 0) this.#refuse(want, target);
  }

  #refuse(want: Want, target: Target): void {
    this.#asked.remove(want);
    want.note(target, "denied");
    target.cancel(want);
    this.#requeue(want);
  }

  /** Gives back what a target was asked for. */
  #release(target: Target, how: "deny" | "forget"): void {
    for (const want of [...this.#asked.of(target)].toReversed()) {
      if (how === "deny") this.#refuse(want, target);
      else {
        this.#asked.remove(want);
        want.forget(target);
        this.#requeue(want);
      }
    }
  }

  #requeue(want: Want): void {
    this.#probing.delete(want);
    this.#missing.delete(want);
    want.state = "queued";
    this.#queue.giveBack(want);
  }

  #end(want: Want, from: Target | undefined): void {
    if (want.state === "done") return;
    want.state = "done";
    this.#wants -= 1;
    this.#probing.delete(want);
    this.#missing.delete(want);
    const { target: asked } = want;
    this.#asked.remove(want);
    for (const [target, answer] of want.answers()) {
      if (target === from) target.answered(want);
      // who said HAVE has forgotten the question
      else if (answer !== "has" || target === asked) target.cancel(want);
    }
  }
}
