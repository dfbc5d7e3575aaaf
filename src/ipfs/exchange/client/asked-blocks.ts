import type { Target } from "./target.ts";
import type { Want } from "./want.ts";

const none: ReadonlySet<Want> = new Set();

/** Who is asked for which blocks by one session, oldest first. */
export class AskedBlocks {
  readonly #asked = new Map<Target, Set<Want>>();

  add(
    want: Want,
    target: Target,
    { now, expectedBytes }: { readonly now: number; readonly expectedBytes: number },
  ): void {
    want.target = target;
    want.askedAt = now;
    target.window.ask(want.key, expectedBytes, now);
    const wants = this.#asked.get(target);
    if (wants === undefined) this.#asked.set(target, new Set([want]));
    else wants.add(want);
  }

  /** Its target is no longer asked for the block. */
  remove(want: Want): void {
    const { target } = want;
    if (target === undefined) return;
    want.target = undefined;
    target.window.drop(want.key);
    const wants = this.#asked.get(target);
    wants?.delete(want);
    if (wants?.size === 0) this.#asked.delete(target);
  }

  of(target: Target): ReadonlySet<Want> {
    return this.#asked.get(target) ?? none;
  }

  get targets(): Iterable<Target> {
    return this.#asked.keys();
  }

  /** Any one. */
  first(): Want | undefined {
    for (const wants of this.#asked.values()) for (const want of wants) return want;
    return undefined;
  }

  /** How long a target has sent nothing of what it is asked for. */
  silentMs(target: Target, now: number): number {
    for (const want of this.of(target)) {
      return now - Math.max(target.window.lastBlockAt, want.askedAt);
    }
    return 0;
  }
}
