import { abortReason, type Clock, linkAborts } from "#lib";

export interface Deadline extends Disposable {
  /** Follows the outer one, and ends when the time is over. */
  readonly signal: AbortSignal;
  /** Settles as the promise does, or rejects with the signal's reason. */
  race<T>(promise: Promise<T>): Promise<T>;
}

/** The time is over after `timeoutMs`, if that is given. Listeners and timers are gone with the deadline. */
export function startDeadline(
  { clock, timeoutMs }: { readonly clock: Clock; readonly timeoutMs: number | undefined },
  outer: AbortSignal | undefined,
): Deadline {
  const link = linkAborts(outer);
  const timer = new AbortController();
  const elapsed =
    timeoutMs === undefined
      ? Promise.resolve()
      : clock
          .sleep(timeoutMs, timer.signal)
          .then(() => link.abort(new Error("context deadline exceeded")));
  // a stopped timer concerns nobody
  elapsed.catch(() => undefined);
  return {
    signal: link.signal,
    race: (promise) => raceAbort(promise, link.signal),
    [Symbol.dispose]: () => {
      link[Symbol.dispose]();
      timer.abort();
    },
  };
}

/** Runs work under a deadline. */
export async function withDeadline<T>(
  limit: { readonly clock: Clock; readonly timeoutMs: number },
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using deadline = startDeadline(limit, outer);
  return await deadline.race(work(deadline.signal));
}

/** Settles as the promise does, unless the signal is aborted before. */
export async function raceAbort<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  // whoever leaves does not care how it ends
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(abortReason(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
