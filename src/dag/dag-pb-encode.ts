import { varintSize, writeVarint } from "./varint.ts";

/** A link to encode. */
export interface PbLink {
  readonly name: string;
  readonly cid: Uint8Array;
  readonly tsize: number;
}

const tag = { data: 0x0a, link: 0x12, hash: 0x0a, name: 0x12, tsize: 0x18 } as const;
const encoder = new TextEncoder();

/**
 * Encodes a dag-pb node canonically: links before data, in the order given, the name always there. The `Data` field
 * is left out only when `data` is undefined.
 */
export function encodeDagPb(links: readonly PbLink[], data: Uint8Array | undefined): Uint8Array {
  let size = data === undefined ? 0 : 1 + varintSize(data.length) + data.length;
  for (const link of links) size += linkSize(link);
  const out = new Uint8Array(size);
  let at = 0;
  for (const link of links) at = writeLink(out, at, link);
  if (data !== undefined) {
    out[at++] = tag.data;
    at = writeVarint(out, at, data.length);
    out.set(data, at);
  }
  return out;
}

/** How many bytes the link takes in the node. */
export function linkSize(link: PbLink): number {
  const size = linkBodySize(link, Buffer.byteLength(link.name));
  return 1 + varintSize(size) + size;
}

function linkBodySize({ cid, tsize }: PbLink, nameSize: number): number {
  const hashSize = 1 + varintSize(cid.length) + cid.length;
  return hashSize + 1 + varintSize(nameSize) + nameSize + 1 + varintSize(tsize);
}

function writeLink(out: Uint8Array, start: number, link: PbLink): number {
  const nameSize = Buffer.byteLength(link.name);
  let at = start;
  out[at++] = tag.link;
  at = writeVarint(out, at, linkBodySize(link, nameSize));
  out[at++] = tag.hash;
  at = writeVarint(out, at, link.cid.length);
  out.set(link.cid, at);
  at += link.cid.length;
  out[at++] = tag.name;
  at = writeVarint(out, at, nameSize);
  if (nameSize === link.name.length) {
    // all ASCII: short names are faster so
    for (let index = 0; index < nameSize; index += 1) out[at++] = link.name.charCodeAt(index);
  } else {
    encoder.encodeInto(link.name, out.subarray(at));
    at += nameSize;
  }
  out[at++] = tag.tsize;
  return writeVarint(out, at, link.tsize);
}
