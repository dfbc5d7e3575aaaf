import { type Clock, DigestSet } from "#lib";
import type { CID, PinMode } from "#model";

import type { KuboPinRecord } from "./kubo-pins.ts";

/** More pins than this in the node are not taken into memory (8 to 24 bytes each). */
const pinsMax = 5_000_000;
/** No list is used longer. One that seems to have taken a day has seen the clock jump. */
const reusedMsMax = 600_000;

export interface PinSnapshotsDeps {
  readonly clock: Clock;
  readonly list: () => AsyncIterable<KuboPinRecord>;
}

/**
 * All pins of the node at one moment, for questions about many of them. Making it takes one list from the node; it is used
 * again for as long as that took, so that a walk over a large pinset does not ask for the list at each step, and a small
 * one sees what is.
 */
export class PinSnapshots implements Disposable {
  readonly #deps: PinSnapshotsDeps;
  readonly #closing = new AbortController();
  #last: Promise<Snapshot | undefined> | undefined;

  constructor(deps: PinSnapshotsDeps) {
    this.#deps = deps;
  }

  /** Modes in the order of the CIDs; undefined when the node has too many pins. @throws what the list throws */
  async modesOf(cids: readonly CID[]): Promise<readonly (PinMode | undefined)[] | undefined> {
    this.#last ??= this.#make();
    const snapshot = await this.#last;
    return snapshot === undefined ? undefined : cids.map((cid) => snapshot.modeOf(cid));
  }

  [Symbol.dispose](): void {
    this.#closing.abort(new Error("closing"));
  }

  async #make(): Promise<Snapshot | undefined> {
    const { clock, list } = this.#deps;
    const startedAt = clock.now();
    const snapshot = new Snapshot();
    let isComplete = true;
    try {
      for await (const record of list()) {
        snapshot.add(record);
        isComplete = snapshot.size <= pinsMax;
        if (!isComplete) break;
      }
    } catch (cause) {
      this.#last = undefined;
      throw cause;
    }
    const { signal } = this.#closing;
    const forget = (): void => {
      this.#last = undefined;
    };
    const reusedMs = Math.min(clock.now() - startedAt, reusedMsMax);
    clock.sleep(reusedMs, signal).then(forget, forget);
    return isComplete ? snapshot : undefined;
  }
}

/** A pin of one multihash under another codec or version is another pin. */
class Snapshot {
  readonly #sets = new Map<string, DigestSet>();
  size = 0;

  add({ cid, mode }: KuboPinRecord): void {
    const key = keyOf(cid, mode);
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = new DigestSet();
      this.#sets.set(key, set);
    }
    if (set.add(cid.multihash.digest)) this.size += 1;
  }

  modeOf(cid: CID): PinMode | undefined {
    return modes.find((mode) => this.#sets.get(keyOf(cid, mode))?.has(cid.multihash.digest));
  }
}

const modes = ["recursive", "direct"] as const;

function keyOf({ version, code, multihash }: CID, mode: PinMode): string {
  return `${mode} ${version} ${code} ${multihash.code}`;
}
