import { type Clock, type Logger, messageOf } from "#lib";

import type { Routing } from "../routing/types.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { NameNotResolvedError } from "./errors.ts";
import type { NameId } from "./name-id.ts";
import { checkRecord, compareRecords } from "./record-check.ts";
import type { RecordStore } from "./record-store.ts";
import { decodeRecord, type NameRecord } from "./record.ts";
import type { ResolveNameOptions } from "./types.ts";

const defaultTimeoutMs = 60_000;
const defaultRecordCount = 16;

export interface RecordSearchDeps {
  readonly store: RecordStore;
  /** The network's, when there is one. */
  readonly routing: () => Promise<Routing> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Finds the records of a key, here and in the network. */
export class RecordSearch {
  readonly #deps: RecordSearchDeps;

  constructor(deps: RecordSearchDeps) {
    this.#deps = deps;
  }

  /** The best one's bytes. @throws {NameNotResolvedError} */
  async best(name: NameId, options: ResolveNameOptions): Promise<Uint8Array> {
    let best: NameRecord | undefined;
    for await (const record of this.records(name, options)) best = record;
    if (best === undefined) throw new NameNotResolvedError(name.text, "routing: not found");
    return best.bytes;
  }

  /** Each better record, what is here first. None is no error. */
  async *records(name: NameId, options: ResolveNameOptions): AsyncGenerator<NameRecord> {
    let best = await this.#deps.store.valid(name);
    if (best !== undefined) yield best;
    const { timeoutMs = defaultTimeoutMs } = options;
    const limit = { clock: this.#deps.clock, timeoutMs: timeoutMs || undefined };
    using deadline = startDeadline(limit, options.signal);
    try {
      for await (const record of this.#found(name, deadline, options)) {
        if (best !== undefined && compareRecords(record, best) <= 0) continue;
        best = record;
        yield record;
      }
    } catch (cause) {
      options.signal?.throwIfAborted();
      // what was found until then counts
      this.#deps.logger.debug("a search for a name ended early", { error: messageOf(cause) });
    }
  }

  /** Valid records from the network. */
  async *#found(
    name: NameId,
    deadline: Deadline,
    options: ResolveNameOptions,
  ): AsyncGenerator<NameRecord> {
    const opening = options.isLocalOnly === true ? undefined : this.#deps.routing();
    if (opening === undefined) return;
    const routing = await deadline.race(opening);
    const { signal } = deadline;
    const search = { count: options.recordCount ?? defaultRecordCount, signal };
    const found = routing.records(name.routingKey, search)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await deadline.race(found.next());
        if (next.done === true) return;
        const record = await this.#checked(name, next.value);
        if (record !== undefined) yield record;
      }
    } finally {
      // not waited for: after the deadline it may take its time
      found.return?.().catch(() => undefined);
    }
  }

  /** The network's answers are believed by their signatures alone. */
  async #checked(name: NameId, bytes: Uint8Array): Promise<NameRecord | undefined> {
    try {
      const record = decodeRecord(bytes);
      await checkRecord(record, name, this.#deps.clock.now());
      return record;
    } catch (cause) {
      this.#deps.logger.debug("a record that was found is not valid", {
        name: name.text,
        error: messageOf(cause),
      });
      return undefined;
    }
  }
}
