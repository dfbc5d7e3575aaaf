import { createIpnsValidator, createPublicKeyValidator } from "#ipfs";
import { CodedError } from "#lib";
import type { Clock } from "#lib";

import type { Routing } from "../../src/ipfs/routing/types.ts";

class NobodyError extends CodedError {
  override readonly code = "NO_PEERS";
  override readonly kind = "environment";
}

/** Records of a whole network, in a Map. Invalid ones are refused, the better of two stays. */
export class MemoryRouting {
  readonly records = new Map<string, Uint8Array>();
  /** Every record that was put, valid or not. */
  readonly puts: { readonly key: Uint8Array; readonly record: Uint8Array }[] = [];
  /** What `records` answers instead, in this order. */
  answers: readonly Uint8Array[] | undefined;
  /** Nobody is there. */
  isEmpty = false;
  /** Searches begin and do not end. */
  isStuck = false;
  /** Puts that run at this moment, and the most that ever did. */
  running = 0;
  runningMost = 0;
  /** A put waits for this. */
  gate: Promise<void> | undefined;
  searches = 0;
  readonly #validators: ReturnType<typeof createIpnsValidator>[];

  constructor(clock: Clock) {
    this.#validators = [createIpnsValidator({ clock }), createPublicKeyValidator()];
  }

  get routing(): Routing {
    return {
      findProviders: nothing,
      findPeer: () => Promise.reject(new NobodyError("nobody")),
      provide: () => Promise.resolve(),
      getRecord: async (key) => {
        const record = this.records.get(hex(key));
        if (record === undefined) throw new NobodyError("not found");
        return record;
      },
      records: (key, options = {}) => this.#search(key, options.signal),
      putRecord: (key, record) => this.#put(key, record),
      announcer: {
        enqueue: () => undefined,
        stat: () => {
          throw new Error("not asked for");
        },
        clear: () => 0,
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  async *#search(key: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    this.searches += 1;
    if (this.isStuck) {
      await new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("given up")), { once: true });
      });
    }
    const known = this.records.get(hex(key));
    yield* this.answers ?? (known === undefined ? [] : [known]);
  }

  async #put(key: Uint8Array, record: Uint8Array): Promise<void> {
    if (this.isEmpty) throw new NobodyError("there is nobody to tell");
    this.running += 1;
    this.runningMost = Math.max(this.runningMost, this.running);
    try {
      await this.gate;
      this.puts.push({ key, record });
      const namespace = Buffer.from(key).toString("latin1").split("/")[1];
      const validator = this.#validators.find((one) => one.namespace === namespace);
      await validator?.validate(key, record);
      const known = this.records.get(hex(key));
      const isBetter = known === undefined || validator?.select(key, [known, record]) === 1;
      if (isBetter) this.records.set(hex(key), record);
    } finally {
      this.running -= 1;
    }
  }
}

async function* nothing(): AsyncGenerator<never> {
  // nobody has anything
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}
