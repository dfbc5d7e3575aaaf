import type { RecordValidator } from "#net";

/** Keeps the best of the valid records that come. */
export class BestRecord {
  readonly #key: Uint8Array;
  readonly #validator: RecordValidator | undefined;
  #best: Uint8Array | undefined;
  #count = 0;

  constructor(key: Uint8Array, validators: readonly RecordValidator[]) {
    this.#key = key;
    this.#validator = validators.find(({ namespace }) => namespaceOf(key) === namespace);
  }

  /** Valid ones so far. */
  get count(): number {
    return this.#count;
  }

  /** Whether the record is valid and better than those before. */
  async offer(record: Uint8Array): Promise<boolean> {
    if (!(await this.#isValid(record))) return false;
    this.#count += 1;
    if (this.#best === undefined || this.#isBetter(record, this.#best)) {
      this.#best = record;
      return true;
    }
    return false;
  }

  #isBetter(record: Uint8Array, best: Uint8Array): boolean {
    if (Buffer.compare(record, best) === 0) return false;
    return this.#validator?.select(this.#key, [best, record]) === 1;
  }

  async #isValid(record: Uint8Array): Promise<boolean> {
    if (this.#validator === undefined) return false;
    try {
      await this.#validator.validate(this.#key, record);
      return true;
    } catch {
      return false; // somebody sent rubbish
    }
  }
}

/** `ipns` of `/ipns/…`. */
function namespaceOf(key: Uint8Array): string {
  const text = Buffer.from(key.subarray(0, 64)).toString("latin1");
  const end = text.indexOf("/", 1);
  return text.startsWith("/") && end > 0 ? text.slice(1, end) : "";
}

/** The multihash of the name, when the key is one of IPNS: `/ipns/` and the multihash. */
export function ipnsName(key: Uint8Array): Uint8Array | undefined {
  return namespaceOf(key) === "ipns" ? key.subarray("/ipns/".length) : undefined;
}
