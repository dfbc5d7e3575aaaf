import { type BlockSource, type CID, multihash, parseCid, type SignalOptions } from "#model";

const emptyDirectory = {
  digest: parseCid("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn").multihash.digest,
  bytes: Uint8Array.of(0x0a, 0x02, 0x08, 0x01),
} as const;

/** A source that answers the empty directory and identity CIDs itself: nobody has to store or fetch those. */
export function withWellKnownBlocks(source: BlockSource): BlockSource {
  return {
    get: async (cid, options) => wellKnown(cid) ?? (await source.get(cid, options)),
    getBatch: (cids, options) => getAll(source, { cids, known: wellKnown, options }),
    peek: (cid) => source.peek?.(cid),
    has: async (cid) => wellKnown(cid) !== undefined || (await source.has(cid)),
    ...(source.expect && {
      expect: (cids, options) => source.expect?.(cids.filter(isFetchable), options),
    }),
  };
}

/** One block; an identity CID is its own. */
export function getBlock(
  source: BlockSource,
  cid: CID,
  options?: SignalOptions,
): Promise<Uint8Array> {
  const inline = identityBytes(cid);
  return inline === undefined ? source.get(cid, options) : Promise.resolve(inline);
}

/** Several blocks in the order asked, as `BlockSource.getBatch`; identity CIDs are their own. */
export async function getBlocks(
  source: BlockSource,
  cids: readonly CID[],
  options?: SignalOptions,
): Promise<readonly Uint8Array[]> {
  const [first] = cids;
  if (first !== undefined && cids.length === 1) return [await getBlock(source, first, options)];
  return getAll(source, { cids, known: identityBytes, options });
}

async function getAll(
  source: BlockSource,
  wanted: {
    readonly cids: readonly CID[];
    readonly known: (cid: CID) => Uint8Array | undefined;
    readonly options: SignalOptions | undefined;
  },
): Promise<readonly Uint8Array[]> {
  const found = wanted.cids.map(wanted.known);
  const missing = wanted.cids.filter((_, index) => found[index] === undefined);
  if (missing.length === 0) return found.map(present);
  const read = await source.getBatch(missing, wanted.options);
  if (missing.length === found.length) return read;
  let next = 0;
  return found.map((bytes) => present(bytes ?? read[next++]));
}

function present(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined) throw new Error("a source answered fewer blocks than were asked for");
  return bytes;
}

function isFetchable(cid: CID): boolean {
  return wellKnown(cid) === undefined;
}

function wellKnown(cid: CID): Uint8Array | undefined {
  return identityBytes(cid) ?? (isEmptyDirectory(cid) ? emptyDirectory.bytes : undefined);
}

function identityBytes(cid: CID): Uint8Array | undefined {
  return cid.multihash.code === multihash.identity ? cid.multihash.digest : undefined;
}

function isEmptyDirectory(cid: CID): boolean {
  const { code, digest } = cid.multihash;
  if (code !== multihash.sha256 || digest[0] !== emptyDirectory.digest[0]) return false;
  return digest.every((byte, index) => byte === emptyDirectory.digest[index]);
}
