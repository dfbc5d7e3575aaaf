import type { Clock } from "#lib";
import type { Keyspace } from "#storage";

/** How far the announcer is; what a restart needs to go on. */
export interface SweepState {
  /** When the sweep began, and how long it shall take. */
  readonly startedAt: number;
  readonly spanMs: number;
  /** The first place that is still to do. */
  readonly place: number;
  /** About the last sweep that was finished. */
  readonly lastSweepAt: number | undefined;
  readonly lastSweepMs: number;
  readonly keysInLastSweep: number;
}

const key = new TextEncoder().encode("/announcer/sweep");
const saveEveryMs = 60_000;

/** Keeps the state, and writes it down now and then: an SD card lives longer, and a minute is soon done again. */
export class SweepStore {
  readonly #keyspace: Keyspace;
  readonly #clock: Clock;
  #savedAt = 0;

  constructor(keyspace: Keyspace, clock: Clock) {
    this.#keyspace = keyspace;
    this.#clock = clock;
  }

  /** Undefined when there is none, or none that can be read. */
  async load(): Promise<SweepState | undefined> {
    const bytes = await this.#keyspace.get(key);
    if (bytes === undefined) return undefined;
    try {
      return parseState(JSON.parse(new TextDecoder().decode(bytes)));
    } catch {
      return undefined; // another version's: begin anew
    }
  }

  async save(state: SweepState, options: { readonly isNow: boolean }): Promise<void> {
    const now = this.#clock.now();
    if (!options.isNow && now - this.#savedAt < saveEveryMs) return;
    this.#savedAt = now;
    await this.#keyspace.put(key, new TextEncoder().encode(JSON.stringify(state)), { sync: false });
  }
}

function parseState(value: unknown): SweepState | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const number = (name: string): number => {
    const found: unknown = Reflect.get(value, name);
    return typeof found === "number" ? found : Number.NaN;
  };
  const lastSweepAt = number("lastSweepAt");
  const state = {
    startedAt: number("startedAt"),
    spanMs: number("spanMs"),
    place: number("place"),
    lastSweepAt: Number.isNaN(lastSweepAt) ? undefined : lastSweepAt,
    lastSweepMs: number("lastSweepMs"),
    keysInLastSweep: number("keysInLastSweep"),
  };
  const needed = [state.startedAt, state.spanMs, state.place, state.lastSweepMs];
  return needed.every((one) => Number.isFinite(one)) ? state : undefined;
}
