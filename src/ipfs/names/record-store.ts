import type { Clock } from "#lib";
import type { Keyspace } from "#storage";

import { type NameId, nameIdOf } from "./name-id.ts";
import { compareRecords, isExpired } from "./record-check.ts";
import { decodeRecord, type NameRecord } from "./record.ts";

/** `published`: signed here. `imported`: signed elsewhere and put here. */
export type RecordOrigin = "published" | "imported";

/** Records that are kept, in the keyspace `datastore` under `/names/`. Each has been checked before it came here. */
export class RecordStore {
  readonly #keyspace: Keyspace;
  readonly #clock: Clock;
  readonly #importedMax: number;

  constructor(deps: {
    readonly keyspace: Keyspace;
    readonly clock: Clock;
    readonly importedMax: number;
  }) {
    this.#keyspace = deps.keyspace;
    this.#clock = deps.clock;
    this.#importedMax = deps.importedMax;
  }

  async get(origin: RecordOrigin, name: NameId): Promise<NameRecord | undefined> {
    const bytes = await this.#keyspace.get(keyOf(origin, name));
    return bytes === undefined ? undefined : readStored(bytes);
  }

  /** The better of what was published and imported, expired or not. */
  async latest(name: NameId): Promise<NameRecord | undefined> {
    const [published, imported] = await Promise.all([
      this.get("published", name),
      this.get("imported", name),
    ]);
    if (published === undefined || imported === undefined) return published ?? imported;
    return compareRecords(published, imported) >= 0 ? published : imported;
  }

  /** The latest, while it is valid. */
  async valid(name: NameId): Promise<NameRecord | undefined> {
    const latest = await this.latest(name);
    return latest === undefined || isExpired(latest, this.#clock.now()) ? undefined : latest;
  }

  /** Durable when it resolves. Of too many imported ones the one that ends first goes. */
  async put(origin: RecordOrigin, name: NameId, bytes: Uint8Array): Promise<void> {
    await this.#keyspace.put(keyOf(origin, name), bytes);
    if (origin === "imported") await this.#trim();
  }

  async delete(origin: RecordOrigin, name: NameId): Promise<void> {
    await this.#keyspace.delete(keyOf(origin, name));
  }

  async *list(
    origin: RecordOrigin,
  ): AsyncGenerator<{ readonly name: NameId; readonly record: NameRecord }> {
    const prefix = prefixes[origin];
    const range = { gte: prefix, lt: Buffer.concat([prefix, Buffer.of(0xff)]) };
    for await (const [key, value] of this.#keyspace.entries(range)) {
      const record = readStored(value);
      if (record !== undefined) {
        yield { name: nameIdOf(Buffer.from(key).subarray(prefix.length)), record };
      }
    }
  }

  async #trim(): Promise<void> {
    const kept: { readonly name: NameId; readonly record: NameRecord }[] = [];
    for await (const entry of this.list("imported")) kept.push(entry);
    const byEnd = kept.toSorted((a, b) => (endOf(a.record) < endOf(b.record) ? -1 : 1));
    for (const { name } of byEnd.slice(0, Math.max(0, kept.length - this.#importedMax))) {
      await this.delete("imported", name);
    }
  }
}

function endOf(record: NameRecord): bigint {
  return record.validUntilNs ?? 0n;
}

const prefixes = {
  published: Buffer.from("/names/published/"),
  imported: Buffer.from("/names/imported/"),
} as const;

function keyOf(origin: RecordOrigin, { bytes }: NameId): Uint8Array {
  return Buffer.concat([prefixes[origin], bytes]);
}

/** What is damaged counts as missing: it is signed anew, or put again. */
function readStored(bytes: Uint8Array): NameRecord | undefined {
  try {
    return decodeRecord(bytes);
  } catch {
    return undefined;
  }
}
