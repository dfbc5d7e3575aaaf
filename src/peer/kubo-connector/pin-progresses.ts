import type { PinProgress } from "#cluster";
import type { Clock } from "#lib";
import type { CID } from "#model";

/** Kubo tells how far it is twice a second; a block this long ago is not just now. */
const quietMs = 5000;

interface Progress {
  blocks: number;
  bytes: number;
  lastBlockAt: number | undefined;
}

export interface ProgressNote extends Disposable {
  /** What Kubo has told last. */
  note(blocks: number, bytes: number): void;
}

/** How far pins are, from what Kubo tells while it pins. It tells neither what it had before nor from whom blocks come. */
export class PinProgresses {
  readonly #clock: Clock;
  readonly #pins = new Map<string, Progress>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(cid: CID): PinProgress | undefined {
    const progress = this.#pins.get(cid.toString());
    if (progress === undefined) return undefined;
    const { blocks, bytes, lastBlockAt } = progress;
    const isQuiet = lastBlockAt === undefined || this.#clock.now() - lastBlockAt > quietMs;
    const waiting = isQuiet ? "the IPFS node tells of no new block" : "";
    const totals = { totalBlocks: blocks, totalBytes: bytes };
    return { ...totals, blocks, bytes, providers: 0, lastBlockAt, waiting };
  }

  /** Dispose the note when the pin is over. */
  begin(cid: CID): ProgressNote {
    const key = cid.toString();
    const progress: Progress = { blocks: 0, bytes: 0, lastBlockAt: undefined };
    this.#pins.set(key, progress);
    return {
      note: (blocks, bytes) => {
        if (blocks > progress.blocks) progress.lastBlockAt = this.#clock.now();
        progress.blocks = blocks;
        progress.bytes = bytes;
      },
      [Symbol.dispose]: () => {
        if (this.#pins.get(key) === progress) this.#pins.delete(key);
      },
    };
  }
}
