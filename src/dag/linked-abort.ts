import { abortReason } from "#lib";

/** A signal that follows `outer` and aborts on disposal. It is made when it is first asked for. */
export interface LinkedAbort extends Disposable {
  signal(): AbortSignal;
}

export function createLinkedAbort(outer: AbortSignal | undefined): LinkedAbort {
  let inner: AbortController | undefined;
  const onAbort = (): void => inner?.abort(abortReason(outer));
  return {
    signal: () => {
      if (inner !== undefined) return inner.signal;
      inner = new AbortController();
      if (outer?.aborted === true) onAbort();
      else outer?.addEventListener("abort", onAbort, { once: true });
      return inner.signal;
    },
    [Symbol.dispose]: () => {
      if (inner === undefined) return;
      outer?.removeEventListener("abort", onAbort);
      inner.abort();
    },
  };
}
