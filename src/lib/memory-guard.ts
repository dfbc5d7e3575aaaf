import type { Clock } from "./clock.ts";

export interface MemoryGuardOptions {
  /** Above this the engine is asked to collect its garbage. */
  readonly limitBytes: number;
  /** What may come on top of what the last collection left, before the next one. */
  readonly stepBytes: number;
  readonly intervalMs: number;
}

/** Collections take at most this share of the time, also when what is held is no garbage. */
const timeShareMax = 0.2;

/**
 * Keeps a process small on a machine where others need the memory: JavaScript engines let garbage grow with the size of
 * the machine. Looks every now and then at what the process holds, and has garbage collected when that is too much.
 * Does nothing while what is held is in use. Ends with its disposal.
 */
export function guardMemory(
  deps: {
    readonly clock: Clock;
    /** What the process holds. */
    readonly heldBytes: () => number;
    readonly collect: () => void;
  },
  options: MemoryGuardOptions,
): AsyncDisposable {
  const stop = new AbortController();
  const watching = watch(deps, options, stop.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error("closed"));
      await watching;
    },
  };
}

/** Never rejects. */
async function watch(
  deps: Parameters<typeof guardMemory>[0],
  { limitBytes, stepBytes, intervalMs }: MemoryGuardOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, heldBytes, collect } = deps;
  let leftBytes = 0;
  while (!signal.aborted) {
    const startedAt = clock.now();
    const held = heldBytes();
    if (held < leftBytes) leftBytes = held;
    if (held > Math.max(limitBytes, leftBytes + stepBytes)) {
      collect();
      leftBytes = heldBytes();
    }
    const pauseMs = Math.max(intervalMs, (clock.now() - startedAt) / timeShareMax);
    // rejects only when it is over
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}
