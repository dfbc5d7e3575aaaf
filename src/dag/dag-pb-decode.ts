import { messageOf } from "#lib";
import type { CID } from "#model";

import { readCid } from "./cid-read.ts";
import { UndecodableBlockError } from "./errors.ts";
import { ProtobufReader, wireType } from "./protobuf-read.ts";

/**
 * A dag-pb node whose links are only places in the block: a directory of ten thousand entries is searched without
 * making ten thousand CIDs and names.
 */
export interface PbNode {
  readonly cid: CID;
  readonly bytes: Uint8Array;
  readonly links: readonly PbLink[];
  /** Not copied. */
  readonly data: Uint8Array | undefined;
}

/** Offsets into the node's bytes. */
export interface PbLink {
  readonly hashStart: number;
  readonly hashEnd: number;
  readonly nameStart: number;
  readonly nameEnd: number;
  readonly tsize: number;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const dataTag = (1 << 3) | wireType.bytes;
const linkTag = (2 << 3) | wireType.bytes;
const hashTag = (1 << 3) | wireType.bytes;
const nameTag = (2 << 3) | wireType.bytes;
const tsizeTag = (3 << 3) | wireType.varint;

/** Decodes a dag-pb block. @throws {UndecodableBlockError} */
export function decodeDagPb(cid: CID, bytes: Uint8Array): PbNode {
  const reader = new ProtobufReader(bytes);
  const links: PbLink[] = [];
  let data: Uint8Array | undefined;
  try {
    while (!reader.isDone) {
      const tag = reader.varint();
      if (tag === linkTag) links.push(decodeLink(reader));
      else if (tag !== dataTag) throw new Error(`field tag ${tag} is none of dag-pb`);
      else if (data !== undefined) throw new Error("two Data fields");
      else data = reader.field();
    }
  } catch (cause) {
    throw new UndecodableBlockError(cid, messageOf(cause));
  }
  return { cid, bytes, links, data };
}

function decodeLink(reader: ProtobufReader): PbLink {
  const start = reader.span();
  const inner = new ProtobufReader(reader.bytes, start, reader.at);
  let [hashStart, hashEnd, nameStart, nameEnd, tsize] = [0, 0, 0, 0, 0];
  while (!inner.isDone) {
    const tag = inner.varint();
    if (tag === hashTag) {
      hashStart = inner.span();
      hashEnd = inner.at;
    } else if (tag === nameTag) {
      nameStart = inner.span();
      nameEnd = inner.at;
    } else if (tag === tsizeTag) tsize = inner.varint();
    else throw new Error(`link field tag ${tag} is none of dag-pb`);
  }
  if (hashEnd === hashStart) throw new Error("a link has no hash");
  return { hashStart, hashEnd, nameStart, nameEnd, tsize };
}

/** The CID that a link points at; its bytes are copied, so it does not keep the block. @throws {UndecodableBlockError} */
export function linkCid(node: PbNode, link: PbLink): CID {
  try {
    return readCid(new Uint8Array(node.bytes.subarray(link.hashStart, link.hashEnd)));
  } catch (cause) {
    throw new UndecodableBlockError(node.cid, messageOf(cause));
  }
}

/** A link's name as text, without its first `skipped` bytes. Bytes that are no UTF-8 become U+FFFD. */
export function linkName(node: PbNode, link: PbLink, skipped = 0): string {
  return utf8.decode(node.bytes.subarray(link.nameStart + skipped, link.nameEnd));
}

/** Whether the name's bytes from `skipped` on are exactly `wanted`. */
export function hasName(node: PbNode, link: PbLink, wanted: NameMatch): boolean {
  const start = link.nameStart + wanted.skipped;
  if (link.nameEnd - start !== wanted.bytes.length) return false;
  for (let index = 0; index < wanted.bytes.length; index += 1) {
    if (node.bytes[start + index] !== wanted.bytes[index]) return false;
  }
  return true;
}

export interface NameMatch {
  readonly bytes: Uint8Array;
  readonly skipped: number;
}

/** The first link with this name. */
export function findLink(node: PbNode, name: Uint8Array): PbLink | undefined {
  const wanted = { bytes: name, skipped: 0 };
  return node.links.find((link) => hasName(node, link, wanted));
}
