import { linksOf } from "#dag";
import { type BlockSource, type CID, codec } from "#model";

/**
 * The source, for one who reads whole DAGs, parents before children: of every block that is handed out it expects the
 * links, those of the first one next. Where nothing is fetched it costs nothing.
 */
export function prefetching(source: BlockSource): BlockSource {
  if (!("expect" in source)) return source;
  return {
    get: async (cid, options) => {
      const bytes = await source.get(cid, options);
      source.expect?.(linksIfReadable(cid, bytes), options ?? {});
      return bytes;
    },
    getBatch: async (cids, options) => {
      const blocks = await source.getBatch(cids, options);
      const links = blocks.flatMap((bytes, index) => linksIfReadable(cids[index], bytes));
      source.expect?.(links, options ?? {});
      return blocks;
    },
    has: (cid) => source.has(cid),
    peek: (cid) => source.peek?.(cid),
    expect: (cids, options) => source.expect?.(cids, options),
  };
}

/** Whoever follows them is told what is wrong with the block. */
function linksIfReadable(cid: CID | undefined, bytes: Uint8Array): readonly CID[] {
  if (cid === undefined || cid.code === codec.raw) return [];
  try {
    return linksOf(cid, bytes);
  } catch {
    return [];
  }
}
