import { type Block, multihash } from "#model";

import { readCid } from "./cid-read.ts";
import { ProtobufReader } from "./protobuf-read.ts";

/** Splits a CAR section into CID and content. The content is a view. Throws plain errors. */
export function decodeSection(section: Uint8Array): Block {
  const length = cidLength(section);
  // copied, so that who keeps a CID does not keep a piece of the file
  return {
    cid: readCid(new Uint8Array(section.subarray(0, length))),
    bytes: section.subarray(length),
  };
}

function cidLength(bytes: Uint8Array): number {
  if (bytes[0] === multihash.sha256 && bytes[1] === 32) return 34;
  const reader = new ProtobufReader(bytes);
  const version = reader.varint();
  if (version !== 1) {
    throw new Error(`invalid cid: expected 1 as the cid version number, got: ${version}`);
  }
  reader.size();
  reader.size();
  reader.span();
  return reader.at;
}
