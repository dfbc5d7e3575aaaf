import { abortReason } from "./abort.ts";

/** A signal of one's own that follows others. Disposal lets go of those, and aborts nothing. */
export interface LinkedAbort extends Disposable {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
}

/** Follows the signals; those that are undefined never abort. `AbortSignal.any` leaks on Bun, listeners that go do not. */
export function linkAborts(...outer: readonly (AbortSignal | undefined)[]): LinkedAbort {
  const inner = new AbortController();
  const listeners: (() => void)[] = [];
  for (const signal of outer) {
    if (signal === undefined) continue;
    const onAbort = (): void => inner.abort(abortReason(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    listeners.push(() => signal.removeEventListener("abort", onAbort));
  }
  return {
    signal: inner.signal,
    abort: (reason) => inner.abort(reason),
    [Symbol.dispose]: () => {
      for (const remove of listeners) remove();
    },
  };
}
