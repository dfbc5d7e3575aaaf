import { decode } from "multiformats/hashes/digest";

import { CID, codec } from "#model";

/** A multihash as the raw CIDv1 that stands for "the block of this multihash". */
export function rawCidOf(multihash: Uint8Array): CID {
  return CID.createV1(codec.raw, decode(multihash));
}
