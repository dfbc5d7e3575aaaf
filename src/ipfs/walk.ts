import { linksOf } from "#dag";
import { DigestSet } from "#lib";
import { type Block, type BlockSource, type CID, codec, type SignalOptions } from "#model";

/** Blocks asked for at once: enough for neighbours to be read in one piece, little enough to stay under 10 MiB. */
const batchMax = 32;

/** Every block below the roots, once, in no particular order. Memory: the open stack and 16 bytes a block. */
export async function* walkTree(
  source: BlockSource,
  roots: readonly CID[],
  options: SignalOptions & { readonly seen?: DigestSet } = {},
): AsyncGenerator<Block> {
  const seen = options.seen ?? new DigestSet();
  const stack = roots.filter((cid) => seen.add(cid.multihash.bytes));
  while (stack.length > 0) {
    options.signal?.throwIfAborted();
    const cids = stack.splice(-batchMax);
    const found = await source.getBatch(cids, options);
    for (const [index, cid] of cids.entries()) {
      const bytes = found[index];
      if (bytes === undefined) continue;
      yield { cid, bytes };
      stack.push(...linksOf(cid, bytes).filter((link) => seen.add(link.multihash.bytes)));
    }
  }
}

/**
 * Adds everything below the roots to `live`. Raw leaves are not read: they have no links.
 * @throws {BlockNotFoundError} when a block that could have links is missing
 */
export async function markTree(
  source: BlockSource,
  options: SignalOptions & { readonly root: CID; readonly live: DigestSet },
): Promise<void> {
  const { root, live, signal } = options;
  const stack = live.add(root.multihash.bytes) && root.code !== codec.raw ? [root] : [];
  while (stack.length > 0) {
    signal?.throwIfAborted();
    const cids = stack.splice(-batchMax);
    const found = await source.getBatch(cids, { signal });
    for (const [index, cid] of cids.entries()) {
      const links = linksOf(cid, found[index] ?? new Uint8Array());
      const added = links.filter((link) => live.add(link.multihash.bytes));
      stack.push(...added.filter((link) => link.code !== codec.raw));
    }
  }
}

/** Whether a block lies below a root, as far as the tree is here. */
export async function reaches(
  source: BlockSource,
  options: SignalOptions & { readonly root: CID; readonly cid: CID },
): Promise<boolean> {
  const wanted = Buffer.from(options.cid.multihash.bytes);
  const seen = new DigestSet();
  const stack = [options.root];
  while (stack.length > 0) {
    options.signal?.throwIfAborted();
    const cid = stack.pop();
    if (cid === undefined || cid.code === codec.raw || !(await source.has(cid))) continue;
    for (const link of linksOf(cid, await source.get(cid, { signal: options.signal }))) {
      if (wanted.equals(link.multihash.bytes)) return true;
      if (seen.add(link.multihash.bytes)) stack.push(link);
    }
  }
  return false;
}
