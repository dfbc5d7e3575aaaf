import { withWellKnownBlocks } from "#dag";
import {
  type Block,
  BlockNotFoundError,
  type BlockSink,
  type BlockSource,
  type CID,
  codec,
} from "#model";
import type { BlockStore } from "#storage";

import type { CollectionEpoch } from "../collection-epoch.ts";

/** What is here of one block. Raw leaves are only measured: they have no links to follow. */
export type Look =
  { readonly sizeBytes: number; readonly bytes: Uint8Array | undefined } | undefined;

/**
 * Looks into the store for a walk that a collection must not harm. What is found while none runs will be found by the
 * mark of the next one, through the root under way; what is found while one runs, its mark may have missed, so it is
 * put again, which keeps it.
 */
export class LocalLook {
  readonly #blocks: BlockStore;
  readonly #epoch: CollectionEpoch;
  readonly #keeper: BlockSink;

  constructor(deps: {
    readonly blocks: BlockStore;
    readonly epoch: CollectionEpoch;
    readonly keeper: BlockSink;
  }) {
    this.#blocks = deps.blocks;
    this.#epoch = deps.epoch;
    this.#keeper = deps.keeper;
  }

  async look(cids: readonly CID[], signal: AbortSignal): Promise<readonly Look[]> {
    const wasCollecting = this.#epoch.isCollecting;
    const found = await this.#look(cids, { signal, mustRead: wasCollecting });
    if (wasCollecting || !this.#epoch.isCollecting) return found;
    return this.#look(cids, { signal, mustRead: true });
  }

  async #look(
    cids: readonly CID[],
    options: { readonly signal: AbortSignal; readonly mustRead: boolean },
  ): Promise<readonly Look[]> {
    const { signal, mustRead } = options;
    const isRead = (cid: CID): boolean => mustRead || cid.code !== codec.raw;
    const read = await this.#blocks.readBatch(cids.filter(isRead), { signal });
    const unread = cids.filter((cid) => !isRead(cid));
    const sizes = await Promise.all(unread.map((cid) => this.#blocks.sizeOf(cid)));
    let [nextRead, nextSize] = [0, 0];
    const looks: Look[] = [];
    for (const cid of cids) {
      const bytes = isRead(cid) ? (read[nextRead++] ?? (await wellKnown(cid))) : undefined;
      const sizeBytes = isRead(cid) ? bytes?.length : sizes[nextSize++];
      looks.push(sizeBytes === undefined ? undefined : { sizeBytes, bytes });
      if (mustRead && bytes !== undefined) await this.#keep({ cid, bytes });
    }
    return looks;
  }

  async #keep({ cid, bytes }: Block): Promise<void> {
    const room = this.#keeper.put(cid, bytes);
    if (room !== undefined) await room;
  }
}

/** The empty directory, which nobody has to have. */
async function wellKnown(cid: CID): Promise<Uint8Array | undefined> {
  return (await nothing.has(cid)) ? nothing.get(cid) : undefined;
}

const nothing = withWellKnownBlocks({
  get: (cid) => Promise.reject(new BlockNotFoundError(cid.toString(), true)),
  getBatch: () => Promise.resolve([]),
  has: () => Promise.resolve(false),
} satisfies BlockSource);
