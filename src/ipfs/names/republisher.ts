import { type Clock, type Logger, messageOf } from "#lib";

import type { Keys } from "../keys/types.ts";
import { parseNameId } from "./name-id.ts";
import type { NamePublisher } from "./publisher.ts";
import { isExpired } from "./record-check.ts";
import type { RecordStore } from "./record-store.ts";

export interface RepublisherDeps {
  readonly publisher: NamePublisher;
  readonly store: RecordStore;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly logger: Logger;
  /** 0: never. */
  readonly periodMs: number;
}

/** As boxo: the first time soon after the start, and sooner again after a failure. */
const firstDelayMs = 60_000;
const retryMs = 5 * 60_000;

/** Names that are published at once. */
const concurrencyMax = 4;

/** Publishes names again and again, until it is disposed. */
export function startRepublisher(deps: RepublisherDeps): AsyncDisposable {
  const stop = new AbortController();
  const running = deps.periodMs > 0 ? run(deps, stop.signal) : Promise.resolve();
  return {
    [Symbol.asyncDispose]: () => {
      stop.abort(new Error("names are closed"));
      return running;
    },
  };
}

async function run(deps: RepublisherDeps, signal: AbortSignal): Promise<void> {
  let delayMs = Math.min(firstDelayMs, deps.periodMs);
  while (await hasSlept(deps.clock, delayMs, signal)) {
    const failures = await republishAll(deps, signal);
    delayMs = failures > 0 ? Math.min(retryMs, deps.periodMs) : deps.periodMs;
  }
}

async function hasSlept(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, signal);
    return !signal.aborted;
  } catch {
    return false; // aborted
  }
}

/** Once; answers how many failed. */
async function republishAll(deps: RepublisherDeps, signal: AbortSignal): Promise<number> {
  let failures = 0;
  const tasks = collectTasks(deps, signal);
  const work = async (): Promise<void> => {
    for await (const task of tasks) {
      if (signal.aborted) return;
      try {
        await task();
      } catch (cause) {
        if (signal.aborted) return;
        failures += 1;
        deps.logger.debug("a name could not be published again", { error: messageOf(cause) });
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrencyMax }, work));
  } catch (cause) {
    failures += 1;
    deps.logger.warn("names could not be listed to publish them again", {
      error: messageOf(cause),
    });
  }
  return failures;
}

type Task = () => Promise<unknown>;

async function* collectTasks(deps: RepublisherDeps, signal: AbortSignal): AsyncGenerator<Task> {
  const { publisher, store, keys, clock } = deps;
  const own = new Set<string>();
  for (const { name, peer } of await keys.list()) {
    if (own.has(peer)) continue;
    own.add(peer);
    const record = await store.get("published", parseNameId(peer));
    if (record === undefined) continue;
    yield async () => publisher.republish(await keys.require(name), signal);
  }
  for await (const { name, record } of store.list("imported")) {
    if (isExpired(record, clock.now())) yield () => store.delete("imported", name);
    else yield () => publisher.putAgain(name, record, signal);
  }
}
