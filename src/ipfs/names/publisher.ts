import { type Clock, type Logger, messageOf } from "#lib";

import type { Keys, SigningKey } from "../keys/types.ts";
import type { Routing } from "../routing/types.ts";
import { raceAbort, withDeadline } from "./deadline.ts";
import { InvalidRecordError, NameOfflineError, StaleSequenceError } from "./errors.ts";
import type { NameCache } from "./name-cache.ts";
import { type NameId, parseNameId } from "./name-id.ts";
import { cleanPath } from "./paths.ts";
import { checkRecord, compareRecords } from "./record-check.ts";
import { createRecord } from "./record-create.ts";
import { RecordSender } from "./record-sender.ts";
import type { RecordStore } from "./record-store.ts";
import { decodeRecord, type NameRecord, recordBytesMax } from "./record.ts";
import { ttlOf } from "./resolver.ts";
import { formatTime, msOf, nsOf } from "./time.ts";
import { Turns } from "./turns.ts";
import type { PublishedName, PublishOptions, PutRecordOptions } from "./types.ts";

export interface PublisherDeps {
  readonly keys: Keys;
  readonly store: RecordStore;
  readonly cache: NameCache;
  readonly routing: () => Promise<Routing> | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lifetimeMs: number;
}

/** As boxo and the specification. */
const defaultTtlMs = 5 * 60_000;

/** The look for a record before the first is published here. */
const lookTimeoutMs = 30_000;

/** Signs records, keeps them, gives them to the network. */
export class NamePublisher {
  readonly #deps: PublisherDeps;
  /** By name: sequence numbers are given one after the other. */
  readonly #turns = new Turns();

  readonly #sender: RecordSender;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
    this.#sender = new RecordSender(deps);
  }

  async publish(text: string, options: PublishOptions): Promise<PublishedName> {
    const opening = this.#network("publish", options);
    const value = cleanPath(text);
    const key = await this.#deps.keys.require(options.key ?? "self");
    const name = parseNameId(key.peer);
    const lifetimeMs = options.lifetimeMs ?? this.#deps.lifetimeMs;
    const record = await this.#turns.run(name.peer, async () => {
      const before = await this.#before(name, opening, options.signal);
      return this.#sign(key, {
        value,
        sequence: nextSequence(before, value, options.sequence),
        validity: formatTime(this.#deps.clock.now() + lifetimeMs),
        ttlMs: options.ttlMs ?? Math.min(defaultTtlMs, lifetimeMs),
        isV1Compatible: options.isV1Compatible ?? true,
      });
    });
    await this.#sender.send(opening, { name, record, key }, options.signal);
    return { peer: key.peer, value, sequence: record.sequence ?? 0n };
  }

  /** Signs the record that is published anew, with a later end, and gives it to the network. False when there is none. */
  async republish(key: SigningKey, signal: AbortSignal): Promise<boolean> {
    const name = parseNameId(key.peer);
    const opening = this.#opening();
    const record = await this.#turns.run(name.peer, async () => {
      const before = await this.#deps.store.get("published", name);
      const latest = await this.#deps.store.latest(name);
      // a newer one that was signed elsewhere is not ours to prolong
      const isNewest = before !== undefined && latest?.sequence === before.sequence;
      if (before?.value === undefined || !isNewest) return undefined;
      return this.#sign(key, {
        value: before.value,
        sequence: before.sequence ?? 0n,
        validity: laterEnd(before, this.#deps.clock.now() + this.#deps.lifetimeMs),
        ttlMs: before.ttlNs === undefined ? defaultTtlMs : msOf(before.ttlNs),
        isV1Compatible: before.hasV1,
      });
    });
    if (record === undefined || opening === undefined) return record !== undefined;
    await this.#sender.put(opening, { name, record, key }, signal);
    return true;
  }

  /** Gives a record of somebody else to the network once more. */
  async putAgain(name: NameId, record: NameRecord, signal: AbortSignal): Promise<void> {
    const opening = this.#opening();
    if (opening === undefined) return;
    await this.#sender.put(opening, { name, record }, signal);
  }

  async putRecord(name: NameId, bytes: Uint8Array, options: PutRecordOptions): Promise<void> {
    const opening = this.#network("put", options);
    if (bytes.length === 0) throw new InvalidRecordError("record is empty");
    if (bytes.length > recordBytesMax) {
      throw new InvalidRecordError(
        `record exceeds maximum size of ${recordBytesMax} bytes, use --force to skip size check`,
      );
    }
    const record = await this.#checked(name, bytes);
    await this.#turns.run(name.peer, async () => {
      const known = await this.#before(name, opening, options.signal);
      if (options.isForced !== true) checkNewer(record, known);
      if (known === undefined || compareRecords(record, known) > 0) {
        await this.#deps.store.put("imported", name, bytes);
        this.#remember(name, record);
      }
    });
    await this.#sender.send(opening, { name, record }, options.signal);
  }

  /** The promise of a network; undefined when it may be done without. @throws {NameOfflineError} */
  #network(
    what: "publish" | "put",
    options: { readonly isOfflineAllowed?: boolean; readonly isLocalOnly?: boolean },
  ): Promise<Routing> | undefined {
    if (options.isLocalOnly === true) return undefined;
    const opening = this.#opening();
    if (opening === undefined && options.isOfflineAllowed !== true)
      throw new NameOfflineError(what);
    return opening;
  }

  /** Its failure is told where it is waited for. */
  #opening(): Promise<Routing> | undefined {
    const opening = this.#deps.routing();
    opening?.catch(() => undefined);
    return opening;
  }

  async #checked(name: NameId, bytes: Uint8Array): Promise<NameRecord> {
    let record: NameRecord;
    try {
      record = decodeRecord(bytes);
    } catch (cause) {
      throw new InvalidRecordError(`invalid IPNS record: ${messageOf(cause)}`, { cause });
    }
    try {
      await checkRecord(record, name, this.#deps.clock.now());
    } catch (cause) {
      throw new InvalidRecordError(`record validation failed: ${messageOf(cause)}`, { cause });
    }
    return record;
  }

  /** The newest record that is known, here or, when nothing is here, in the network. */
  async #before(
    name: NameId,
    opening: Promise<Routing> | undefined,
    signal: AbortSignal | undefined,
  ): Promise<NameRecord | undefined> {
    const here = await this.#deps.store.latest(name);
    if (here !== undefined || opening === undefined) return here;
    const limit = { clock: this.#deps.clock, timeoutMs: lookTimeoutMs };
    try {
      const bytes = await withDeadline(limit, signal, async (lookSignal) => {
        const routing = await raceAbort(opening, lookSignal);
        return routing.getRecord(name.routingKey, { signal: lookSignal });
      });
      return await this.#checked(name, bytes);
    } catch {
      signal?.throwIfAborted();
      return undefined; // nobody has one, or nobody answers
    }
  }

  async #sign(key: SigningKey, fields: Parameters<typeof createRecord>[1]): Promise<NameRecord> {
    const bytes = await createRecord(key, fields);
    const name = parseNameId(key.peer);
    await this.#deps.store.put("published", name, bytes);
    const record = decodeRecord(bytes);
    this.#remember(name, record);
    return record;
  }

  #remember(name: NameId, record: NameRecord): void {
    if (record.value === undefined) return;
    const ttlMs = ttlOf(record, this.#deps.clock.now());
    this.#deps.cache.set(name.text, { path: record.value, ttlMs });
  }
}

/** The same for the same value, else one more; a wish must be above what is known. */
function nextSequence(
  before: NameRecord | undefined,
  value: string,
  wish: bigint | undefined,
): bigint {
  const known = before?.sequence;
  if (wish !== undefined) {
    if (wish > (known ?? 0n)) return wish;
    throw new StaleSequenceError(
      "sequence number must be greater than the current record sequence",
    );
  }
  if (known === undefined) return 0n;
  return before?.value === value ? known : known + 1n;
}

/** The record's own end when it is later. */
function laterEnd({ validity, validUntilNs }: NameRecord, untilMs: number): string {
  const isLater = validity !== undefined && (validUntilNs ?? 0n) > nsOf(untilMs);
  return isLater ? validity : formatTime(untilMs);
}

function checkNewer(record: NameRecord, known: NameRecord | undefined): void {
  if (known === undefined || Buffer.compare(known.bytes, record.bytes) === 0) return;
  const [old = 0n, next = 0n] = [known.sequence, record.sequence];
  if (next > old) return;
  const problem = `existing IPNS record has sequence ${old} >= new record sequence ${next}`;
  throw new StaleSequenceError(`${problem}, use 'ipfs name put --force' to skip this check`);
}
