import { CidSet, linksOf, UndecodableBlockError } from "#dag";
import type { DigestSet } from "#lib";
import { type Block, type BlockSource, type CID, codec, type SignalOptions } from "#model";
import type { BlockStore } from "#storage";

/** Blocks asked for at once: enough for neighbours to be read in one piece, little enough to stay under 10 MiB. */
const batchMax = 32;

/** Every block below the root, once, in no particular order. Memory: the open stack and a `CidSet`. */
export async function* walkTree(
  source: BlockSource,
  root: CID,
  options: SignalOptions = {},
): AsyncGenerator<Block> {
  const seen = new CidSet();
  const stack = [root];
  seen.add(root);
  while (stack.length > 0) {
    options.signal?.throwIfAborted();
    const cids = stack.splice(-batchMax);
    const found = await source.getBatch(cids, options);
    for (const [index, cid] of cids.entries()) {
      const bytes = found[index];
      if (bytes === undefined) continue;
      yield { cid, bytes };
      pushEach(stack, linksOf(cid, bytes), (link) => seen.add(link));
    }
  }
}

/** What a collection must keep, as it is found. */
export interface Marks {
  /** Multihashes of everything to keep; a false "yes" only keeps some garbage. */
  readonly live: DigestSet;
  /** Blocks whose links were followed. Exact, and by codec: raw bytes may be a node's under another CID. */
  readonly followed: CidSet;
}

/**
 * Marks everything below the root. Raw leaves are not read: they have no links.
 * @throws {BlockNotFoundError} when a block that could have links is missing
 */
export async function markTree(
  source: BlockSource,
  marks: Marks,
  options: SignalOptions & { readonly root: CID },
): Promise<void> {
  const isNew = (cid: CID): boolean => {
    marks.live.add(cid.multihash.bytes);
    return cid.code !== codec.raw && marks.followed.add(cid);
  };
  const stack = [options.root].filter(isNew);
  while (stack.length > 0) {
    options.signal?.throwIfAborted();
    const cids = stack.splice(-batchMax);
    const found = await source.getBatch(cids, options);
    for (const [index, cid] of cids.entries()) {
      pushEach(stack, linksOf(cid, found[index] ?? new Uint8Array()), isNew);
    }
  }
}

/** Marks what is here of a tree that is on its way, from the root down. */
export async function markPresent(
  blocks: Pick<BlockStore, "readBatch">,
  marks: Marks,
  options: SignalOptions & { readonly cid: CID; readonly isDeep: boolean },
): Promise<void> {
  marks.live.add(options.cid.multihash.bytes);
  if (!options.isDeep || options.cid.code === codec.raw) return;
  const stack = [options.cid];
  while (stack.length > 0) {
    options.signal?.throwIfAborted();
    const cids = stack.splice(-batchMax);
    const found = await blocks.readBatch(cids, options);
    for (const [index, cid] of cids.entries()) {
      const bytes = found[index];
      if (bytes === undefined || !marks.followed.add(cid)) continue;
      const links = linksIfReadable(cid, bytes);
      for (const link of links) marks.live.add(link.multihash.bytes);
      pushEach(stack, links, (link) => link.code !== codec.raw && !marks.followed.has(link));
    }
  }
}

/** A spread would end the program's stack with a block of very many links. */
function pushEach(stack: CID[], links: readonly CID[], isWanted: (link: CID) => boolean): void {
  for (const link of links) if (isWanted(link)) stack.push(link);
}

/** A tree that cannot be read will not be pinned either. */
function linksIfReadable(cid: CID, bytes: Uint8Array): readonly CID[] {
  try {
    return linksOf(cid, bytes);
  } catch (cause) {
    if (cause instanceof UndecodableBlockError) return [];
    throw cause;
  }
}

/** Whether a block lies below a root, as far as the tree is here. */
export async function reaches(
  source: BlockSource,
  options: SignalOptions & { readonly root: CID; readonly cid: CID },
): Promise<boolean> {
  const wanted = Buffer.from(options.cid.multihash.bytes);
  const seen = new CidSet();
  const stack = [options.root];
  while (stack.length > 0) {
    options.signal?.throwIfAborted();
    const cid = stack.pop();
    if (cid === undefined || cid.code === codec.raw || !(await source.has(cid))) continue;
    for (const link of linksOf(cid, await source.get(cid, { signal: options.signal }))) {
      if (wanted.equals(link.multihash.bytes)) return true;
      if (seen.add(link)) stack.push(link);
    }
  }
  return false;
}
