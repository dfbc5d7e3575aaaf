import type { Clock } from "./clock.ts";

/** Of the time, what measuring may take. */
const shareMax = 0.02;

/**
 * Measures no more often than every `intervalMs`, and so seldom that measuring takes no more than a fiftieth of the time;
 * in between it tells what it measured last. Callers that come while it measures share the outcome; a failure is not kept.
 */
export function seldom<T>(
  measure: () => Promise<T>,
  options: { readonly clock: Clock; readonly intervalMs: number },
): () => Promise<T> {
  const { clock, intervalMs } = options;
  let value: Promise<T> | undefined;
  let dueAt = 0;
  const measureNow = async (): Promise<T> => {
    const startedAt = clock.now();
    dueAt = Infinity;
    await Promise.resolve(); // so that a failure at once comes after `value` is set
    try {
      return await measure();
    } catch (cause) {
      value = undefined;
      throw cause;
    } finally {
      const endedAt = clock.now();
      dueAt = endedAt + Math.max(intervalMs, (endedAt - startedAt) / shareMax);
    }
  };
  return () => {
    if (value === undefined || clock.now() >= dueAt) value = measureNow();
    return value;
  };
}
