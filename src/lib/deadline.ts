import { abortReason } from "./abort.ts";
import type { Clock } from "./clock.ts";

/** A signal that is aborted by another one, or when the time is over. Stop it: it then listens to nothing. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The time was over. */
  readonly isOver: boolean;
  stop(): void;
}

export function startDeadline(clock: Clock, ms: number, outer?: AbortSignal): Deadline {
  const inner = new AbortController();
  const timer = new AbortController();
  let isOver = false;
  const onAbort = (): void => inner.abort(abortReason(outer));
  if (outer?.aborted === true) onAbort();
  outer?.addEventListener("abort", onAbort, { once: true });
  const wait = async (): Promise<void> => {
    await clock.sleep(ms, timer.signal);
    isOver = true;
    inner.abort(new Error(`not done after ${ms} ms`));
  };
  wait().catch(() => undefined); // stopped before
  return {
    signal: inner.signal,
    get isOver() {
      return isOver;
    },
    stop() {
      outer?.removeEventListener("abort", onAbort);
      timer.abort(new Error("done"));
    },
  };
}
