import { CidSet } from "#dag";
import { BlockNotFoundError, type BlockSource, type CID, type SignalOptions } from "#model";
import type { BlockStore } from "#storage";

import type { FilesRoot } from "./files-root.ts";
import type { Announceable, ProvideStrategy } from "./routing/types.ts";
import type { PinRecords } from "./types.ts";
import { walkTree } from "./walk.ts";

interface AnnounceableDeps {
  readonly blocks: BlockStore;
  readonly localSource: BlockSource;
  readonly pins: PinRecords;
  readonly files: FilesRoot;
}

/** What the node tells the network that it has, by the strategy; each CID of a DAG once, shared blocks may come twice. */
export function createAnnounceable(deps: AnnounceableDeps): Announceable {
  return {
    async *keys(strategy: ProvideStrategy, options: SignalOptions = {}): AsyncGenerator<CID> {
      if (strategy === "none") return;
      if (strategy === "all") {
        yield* deps.blocks.list(options);
        return;
      }
      const seen = new CidSet();
      for await (const { root, isWhole } of kept(deps)) {
        options.signal?.throwIfAborted();
        if (strategy === "roots" || !isWhole) {
          if (seen.add(root)) yield root;
        } else {
          yield* below(deps.localSource, { root, seen, ...options });
        }
      }
    },
  };
}

async function* kept({
  pins,
  files,
}: AnnounceableDeps): AsyncGenerator<{ readonly root: CID; readonly isWhole: boolean }> {
  yield { root: await files.root(), isWhole: true };
  for await (const { cid, mode } of pins.list()) yield { root: cid, isWhole: mode === "recursive" };
}

/** A DAG that is damaged is announced as far as it is here. */
async function* below(
  source: BlockSource,
  from: SignalOptions & { readonly root: CID; readonly seen: CidSet },
): AsyncGenerator<CID> {
  try {
    for await (const { cid } of walkTree(source, from.root, from)) {
      if (from.seen.add(cid)) yield cid;
    }
  } catch (cause) {
    if (!(cause instanceof BlockNotFoundError)) throw cause;
  }
}
