import { type DirectoryEntry, statUnixFs } from "#dag";
import { type BlockSource, codec, type SignalOptions } from "#model";

import type { Visit } from "./visit.ts";

/** Tells directories from files among a directory's entries, for as long as the budget lasts. */
export class ChildKinds implements Disposable {
  readonly #visit: Visit;
  readonly #over = new AbortController();
  readonly #done = new AbortController();
  readonly #signal: AbortSignal;
  #isTimed = false;

  constructor(visit: Visit) {
    this.#visit = visit;
    this.#signal = AbortSignal.any([visit.exchange.signal, this.#over.signal]);
  }

  /** Local blocks first; what cannot be had in time counts as a file. */
  async isDirectory(entry: DirectoryEntry): Promise<boolean> {
    if (entry.cid.code !== codec.dagPb) return false;
    const { deps, source, exchange } = this.#visit;
    const local = await kindOf(deps.localSource, entry, { signal: exchange.signal });
    if (local !== undefined || this.#signal.aborted) return local === "directory";
    this.#startBudget();
    return (await kindOf(source, entry, { signal: this.#signal })) === "directory";
  }

  [Symbol.dispose](): void {
    this.#done.abort();
  }

  #startBudget(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    const { deps, options } = this.#visit;
    void deps.clock.sleep(options.childBudgetMs, this.#done.signal).then(
      () => this.#over.abort(),
      () => undefined,
    );
  }
}

/** Undefined when the block is not to be had, or says nothing. */
async function kindOf(
  source: BlockSource,
  entry: DirectoryEntry,
  options: SignalOptions,
): Promise<"file" | "directory" | "symlink" | undefined> {
  try {
    return (await statUnixFs(source, entry.cid, options)).type;
  } catch {
    return undefined;
  }
}
