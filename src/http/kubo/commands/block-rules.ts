import { CommandError } from "../errors.ts";

/** Bytes of a block: what other nodes take, and what is taken here with `allow-big-block`. */
export const blockBytesMax = { usual: 2 * 1024 * 1024, big: 64 * 1024 * 1024 } as const;

/** @throws {CommandError} worded as Kubo */
export function checkBlockSize(sizeBytes: number, mayBeBig: boolean): void {
  if (mayBeBig || sizeBytes <= blockBytesMax.usual) return;
  throw new CommandError(
    "produced block is over 2MiB: big blocks can't be exchanged with other peers. consider using UnixFS for " +
      "automatic chunking of bigger files, or pass --allow-big-block to override",
  );
}

/** The codecs of `ipfs cid codecs` (Kubo 0.43). */
const codecs = new Map([
  ["cbor", 0x51],
  ["raw", 0x55],
  ["dag-pb", 0x70],
  ["dag-cbor", 0x71],
  ["libp2p-key", 0x72],
  ["git-raw", 0x78],
  ["torrent-info", 0x7b],
  ["torrent-file", 0x7c],
  ["blake3-hashseq", 0x80],
  ["leofcoin-block", 0x81],
  ["leofcoin-tx", 0x82],
  ["leofcoin-pr", 0x83],
  ["dag-jose", 0x85],
  ["dag-cose", 0x86],
  ["eth-block", 0x90],
  ["eth-tx", 0x93],
  ["bitcoin-block", 0xb0],
  ["bitcoin-tx", 0xb1],
  ["dag-json", 0x129],
  ["json", 0x200],
]);

/** A codec by name or number. @throws {CommandError} worded as Kubo */
export function codecOf(name: string): number {
  const code = codecs.get(name) ?? (/^(?:0x[\da-f]+|\d+)$/i.test(name) ? Number(name) : undefined);
  if (code !== undefined && Number.isSafeInteger(code)) return code;
  throw new CommandError(`unknown multicodec: ${JSON.stringify(name)}`);
}
