import type { Clock } from "./clock.ts";

/** Of the time, what measuring may take. */
const shareMax = 0.02;
/** So long a pause may be for that; a measurement that seems to have taken a day has seen the clock jump. */
const pauseMaxMs = 3_600_000;

/**
 * Measures no more often than every `intervalMs`, and so seldom that measuring takes no more than a fiftieth of the time;
 * in between it tells what it measured last. When the clock is set back it measures anew. Callers that come while it measures share the outcome; a failure is not kept.
 */
export function seldom<T>(
  measure: () => Promise<T>,
  options: { readonly clock: Clock; readonly intervalMs: number },
): () => Promise<T> {
  const { clock, intervalMs } = options;
  let value: Promise<T> | undefined;
  let [restsFrom, dueAt] = [0, 0];
  const measureNow = async (): Promise<T> => {
    const startedAt = clock.now();
    [restsFrom, dueAt] = [-Infinity, Infinity];
    await Promise.resolve(); // so that a failure at once comes after `value` is set
    try {
      return await measure();
    } catch (cause) {
      value = undefined;
      throw cause;
    } finally {
      const endedAt = clock.now();
      const wantedMs = Math.min((endedAt - startedAt) / shareMax, pauseMaxMs);
      [restsFrom, dueAt] = [endedAt, endedAt + Math.max(intervalMs, wantedMs)];
    }
  };
  return () => {
    const now = clock.now();
    if (value === undefined || now >= dueAt || now < restsFrom) value = measureNow();
    return value;
  };
}
