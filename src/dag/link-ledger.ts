import type { CID } from "#model";

import { CidSet } from "./cid-set.ts";
import { hasNoLinks, linksOf } from "./links.ts";

/**
 * Tells, while blocks pass by, whether they hold together: that everything they link to passed by as well. So content
 * that came as blocks can be pinned without reading it again. Memory: a `CidSet` of the blocks, and one of the links
 * that were not seen when they were met.
 */
export class LinkLedger {
  readonly #seen = new CidSet();
  /** Links met before their block. */
  readonly #awaited = new CidSet();
  #missing = 0;
  #isReadable = true;

  /** Takes a block. One that cannot be decoded makes the ledger say "unknown" for good. */
  add(cid: CID, bytes: Uint8Array): void {
    if (!this.#seen.add(cid)) return;
    if (this.#awaited.has(cid)) this.#missing -= 1;
    if (hasNoLinks(cid) || !this.#isReadable) return;
    try {
      for (const link of linksOf(cid, bytes)) this.#await(link);
    } catch {
      this.#isReadable = false; // whoever pins it finds out and says why
    }
  }

  /** Whether everything below the root is known to have passed by. */
  isWhole(root: CID): boolean {
    return this.#isReadable && this.#missing === 0 && this.#seen.has(root);
  }

  #await(link: CID): void {
    if (!this.#seen.has(link) && this.#awaited.add(link)) this.#missing += 1;
  }
}
