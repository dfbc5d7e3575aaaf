import type { CID } from "#model";

/** A DAG on its way to a pin record. */
export interface RootUnderWay {
  readonly cid: CID;
  readonly isDeep: boolean;
}

/**
 * Whether a collection runs, and which DAGs are on their way to a pin record: a collection keeps what is here of those
 * that were under way when it began. Collections run one after the other.
 */
export class CollectionEpoch {
  #isCollecting = false;
  #last: Promise<void> = Promise.resolve();
  readonly #underWay = new Set<RootUnderWay>();

  get isCollecting(): boolean {
    return this.#isCollecting;
  }

  /** To be left when the record is durable, or is given up. */
  enter(root: RootUnderWay): Disposable {
    const entry = { ...root };
    this.#underWay.add(entry);
    return { [Symbol.dispose]: () => this.#underWay.delete(entry) };
  }

  /** Waits for its turn; the collection lasts until `end` is called. */
  async begin(): Promise<{ readonly underWay: readonly RootUnderWay[]; readonly end: () => void }> {
    const before = this.#last;
    const turn = Promise.withResolvers<void>();
    this.#last = turn.promise;
    await before;
    this.#isCollecting = true;
    return {
      underWay: [...this.#underWay],
      end: () => {
        this.#isCollecting = false;
        turn.resolve();
      },
    };
  }
}
