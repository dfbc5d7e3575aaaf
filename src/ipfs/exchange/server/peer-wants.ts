import type { CID } from "#model";

import type { BlockKey } from "../codec/block-key.ts";
import type { WantEntry } from "../codec/message.ts";

/** A want of a peer. One object for one wish: a new wish for the same block is another. */
export interface PeerWant {
  readonly key: BlockKey;
  readonly cid: CID;
  readonly priority: number;
  readonly type: WantEntry["type"];
  readonly sendDontHave: boolean;
  /** The block or a HAVE is on its way. */
  isAnswered: boolean;
}

/** What one peer wants of us, bounded. */
export class PeerWants {
  readonly #max: number;
  readonly #wants = new Map<BlockKey, PeerWant>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#wants.size;
  }

  /** Still wanted, and in just this way. */
  has(want: PeerWant): boolean {
    return this.#wants.get(want.key) === want;
  }

  get(key: BlockKey): PeerWant | undefined {
    return this.#wants.get(key);
  }

  add(want: PeerWant): "added" | "known" | "refused" {
    const known = this.#wants.get(want.key);
    if (known === undefined && this.#wants.size >= this.#max) return "refused";
    // who wants the block does not mean less by asking whether it is there
    if (known?.type === "block" && want.type === "have") return "known";
    this.#wants.set(want.key, want);
    return "added";
  }

  delete(key: BlockKey): PeerWant | undefined {
    const want = this.#wants.get(key);
    this.#wants.delete(key);
    return want;
  }

  values(): Iterable<PeerWant> {
    return this.#wants.values();
  }
}
