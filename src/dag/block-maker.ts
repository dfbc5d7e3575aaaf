import type { Turn } from "#lib";
import { type BlockSink, type CID, multihash } from "#model";

import { BlockTooLargeError } from "./errors.ts";
import { createCidMaker, identityBytesMax, identityCidOf } from "./hash.ts";
import type { ImportOptions } from "./ports.ts";

/** What an import knows of a block it has made. */
export interface Made {
  readonly cid: CID;
  /** Size of the block and all below. */
  readonly tsize: number;
}

/** Gives blocks their CIDs, as the options say, and hands them to the sink. */
export interface BlockMaker {
  cidOf(codec: number, bytes: Uint8Array): CID;
  /** Hands the block on: await what it answers, if it answers something. Content within a CID goes nowhere. */
  put(cid: CID, bytes: Uint8Array): Promise<void> | undefined;
  /** Memory for a block that will be put: the sink's own, or fresh. What is in it is not defined. */
  allocate(sizeBytes: number): Uint8Array;
  /** For long work without blocks: await what it answers, if it answers something. */
  pause(): Promise<void> | undefined;
}

/** Opens the exit of an import; now and then `put` gives others a turn. */
export function createBlockMaker(
  deps: { readonly sink: BlockSink; readonly turn: Turn },
  options: Pick<ImportOptions, "hash" | "cidVersion" | "inline" | "inlineLimitBytes">,
): BlockMaker {
  const { sink, turn } = deps;
  const hashed = createCidMaker(options);
  const inlineMax = options.inline ? options.inlineLimitBytes : -1;
  return {
    cidOf: (codec, bytes) =>
      bytes.length <= inlineMax ? identityCidOf(codec, bytes) : hashed(codec, bytes),
    put(cid, bytes) {
      if (cid.multihash.code !== multihash.identity) {
        const room = sink.put(cid, bytes);
        return room instanceof Promise ? room : turn.pause();
      }
      if (bytes.length > identityBytesMax) {
        const reason = `identity digest got ${bytes.length} bytes, maximum ${identityBytesMax}`;
        throw new BlockTooLargeError(bytes.length, `digest too large: ${reason}`);
      }
      return turn.pause();
    },
    allocate: (sizeBytes) => sink.allocate?.(sizeBytes) ?? allocate(sizeBytes),
    pause: () => turn.pause(),
  };
}

/** Blocks from here on are allocated without being zeroed first, which is a tenth of the time of an import. */
const uninitializedFromBytes = 16 * 1024;

function allocate(sizeBytes: number): Uint8Array {
  if (sizeBytes < uninitializedFromBytes) return new Uint8Array(sizeBytes);
  return new Uint8Array(Buffer.allocUnsafeSlow(sizeBytes).buffer);
}
