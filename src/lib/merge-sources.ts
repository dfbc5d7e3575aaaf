import { abortReason } from "./abort.ts";

/** Starts a source; the signal is aborted when nobody wants more of it. */
export type SourceMaker<T> = (signal: AbortSignal) => AsyncIterable<T>;

/**
 * The items of several sources as they come. A source that fails is told to `onFailure` and left out; the others go on.
 * When the consumer leaves, or `signal` is aborted, all sources are aborted and waited for.
 * @throws the signal's reason
 */
export async function* mergeSources<T>(
  makers: readonly SourceMaker<T>[],
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onFailure?: (thrown: unknown) => void;
  } = {},
): AsyncGenerator<T> {
  const { signal, onFailure } = options;
  if (isAborted(signal)) throw abortReason(signal);
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(abortReason(signal));
  signal?.addEventListener("abort", onAbort, { once: true });
  const pending = new Map<AsyncIterator<T>, Promise<Arrival<T>>>();
  try {
    for (const make of makers) ask(make(stop.signal)[Symbol.asyncIterator](), pending);
    while (pending.size > 0) {
      const { iterator, result, thrown } = await Promise.race(pending.values());
      pending.delete(iterator);
      if (isAborted(signal)) throw abortReason(signal);
      if (result === undefined) onFailure?.(thrown);
      else if (result.done !== true) {
        ask(iterator, pending);
        yield result.value;
      }
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    stop.abort(new Error("nobody wants more"));
    await Promise.all([...pending].map(([iterator, next]) => finish(iterator, next)));
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

interface Arrival<T> {
  readonly iterator: AsyncIterator<T>;
  /** Undefined when the source failed. */
  readonly result: IteratorResult<T> | undefined;
  readonly thrown?: unknown;
}

function ask<T>(
  iterator: AsyncIterator<T>,
  pending: Map<AsyncIterator<T>, Promise<Arrival<T>>>,
): void {
  const arrival = iterator.next().then(
    (result): Arrival<T> => ({ iterator, result }),
    (thrown: unknown): Arrival<T> => ({ iterator, result: undefined, thrown }),
  );
  pending.set(iterator, arrival);
}

/** Waits for the item that is on its way, then closes; a source that fails now has nobody to tell. */
async function finish<T>(iterator: AsyncIterator<T>, next: Promise<Arrival<T>>): Promise<void> {
  const { result } = await next;
  if (result === undefined || result.done === true) return;
  await iterator.return?.().catch(() => undefined);
}
