import { hash } from "node:crypto";

import { create } from "multiformats/hashes/digest";

import { type Block, CID, codec, multihash } from "#model";

/** The block of these bytes, as raw CIDv1 of sha2-256. */
function blockOf(bytes: Uint8Array): Block {
  const digest = new Uint8Array(hash("sha256", bytes, "buffer"));
  return { cid: CID.createV1(codec.raw, create(multihash.sha256, digest)), bytes };
}

/** A block of so many bytes, another one for each number. */
export function numberedBlock(number: number, sizeBytes: number): Block {
  const bytes = new Uint8Array(sizeBytes);
  let state = (number + 1) * 2_654_435_761;
  for (let index = 0; index < sizeBytes; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return blockOf(bytes);
}
