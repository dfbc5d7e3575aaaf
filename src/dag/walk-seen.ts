import type { CID } from "#model";

import { CidSet, wholeKeyOf } from "./cid-set.ts";

/** What has been visited. */
export interface Seen {
  isWanted(cid: CID, depth: number): boolean;
  /** True when it is met for the first time. */
  add(cid: CID, depth: number): boolean;
}

/** Without a limit of depth. */
export class SeenOnce implements Seen {
  readonly #cids = new CidSet();

  isWanted(cid: CID): boolean {
    return !this.#cids.has(cid);
  }

  add(cid: CID): boolean {
    return this.#cids.add(cid);
  }
}

/** With a limit of depth, a block met again nearer to the root has to be followed further than before. */
export class SeenAtDepth implements Seen {
  readonly #depths = new Map<string, number>();

  isWanted(cid: CID, depth: number): boolean {
    return depth < (this.#depths.get(wholeKeyOf(cid)) ?? Infinity);
  }

  add(cid: CID, depth: number): boolean {
    const key = wholeKeyOf(cid);
    const isNew = !this.#depths.has(key);
    this.#depths.set(key, depth);
    return isNew;
  }
}
