import { asError, LruMap } from "#lib";

import type { RecordValidator } from "../types.ts";
import { RecordRefusedError } from "./errors.ts";
import { toMapKey } from "./keys.ts";
import type { DhtRecord } from "./message.ts";

export interface RecordStoreBounds {
  readonly recordsMax: number;
  readonly recordBytesMax: number;
  readonly recordTtlMs: number;
}

/** Values that others, or we, have put: valid ones, and of two the better. In memory: it is their owners' to put again. */
export class RecordStore {
  readonly #bounds: RecordStoreBounds;
  readonly #validators: Validators;
  readonly #now: () => number;
  readonly #records: LruMap<string, { readonly record: DhtRecord; readonly endsAt: number }>;

  constructor(bounds: RecordStoreBounds, validators: Validators, now: () => number) {
    this.#bounds = bounds;
    this.#validators = validators;
    this.#now = now;
    this.#records = new LruMap(bounds.recordsMax);
  }

  get size(): number {
    return this.#records.size;
  }

  get(key: Uint8Array): DhtRecord | undefined {
    const stored = this.#records.get(toMapKey(key));
    if (stored === undefined) return undefined;
    if (stored.endsAt > this.#now()) return stored.record;
    this.#records.delete(toMapKey(key));
    return undefined;
  }

  /** @throws {RecordRefusedError} */
  async put(key: Uint8Array, value: Uint8Array): Promise<void> {
    if (value.length > this.#bounds.recordBytesMax) {
      throw new RecordRefusedError(`${value.length} bytes (max ${this.#bounds.recordBytesMax})`);
    }
    await this.#validators.validate(key, value);
    const old = this.get(key);
    if (old !== undefined && this.#validators.best(key, [value, old.value]) !== 0) {
      throw new RecordRefusedError("a newer one is here");
    }
    const now = this.#now();
    // Copies: what comes in is part of a larger message.
    const record = {
      key: key.slice(),
      value: value.slice(),
      timeReceived: new Date(now).toISOString(),
    };
    this.#records.set(toMapKey(key), { record, endsAt: now + this.#bounds.recordTtlMs });
  }
}

/** Validators by the namespace at the start of a key: `/ipns/…`, `/pk/…`. */
export class Validators {
  readonly #byNamespace: ReadonlyMap<string, RecordValidator>;

  constructor(validators: readonly RecordValidator[]) {
    this.#byNamespace = new Map(validators.map((validator) => [validator.namespace, validator]));
  }

  /** @throws {RecordRefusedError} */
  async validate(key: Uint8Array, value: Uint8Array): Promise<void> {
    const validator = this.#require(key);
    try {
      await validator.validate(key, value);
    } catch (thrown) {
      throw new RecordRefusedError(asError(thrown).message, thrown);
    }
  }

  /** The index of the best of valid values. @throws {RecordRefusedError} */
  best(key: Uint8Array, values: readonly Uint8Array[]): number {
    return this.#require(key).select(key, values);
  }

  #require(key: Uint8Array): RecordValidator {
    const text = toMapKey(key.subarray(0, 64));
    const end = text.indexOf("/", 1);
    const namespace = text.startsWith("/") && end > 0 ? text.slice(1, end) : "";
    const validator = this.#byNamespace.get(namespace);
    if (validator === undefined) throw new RecordRefusedError(`no namespace "${namespace}"`);
    return validator;
  }
}
