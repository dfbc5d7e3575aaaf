import * as dagCbor from "@ipld/dag-cbor";
import * as dagPb from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";

import { cidOf } from "#dag";
import { type BlockSink, type CID, codec, decodeCid } from "#model";

/** A dag-pb node's link; the name is empty in files. */
export interface HandmadeLink {
  readonly name?: string;
  readonly cid: CID;
}

/** Stores a dag-pb node with its links sorted by name; the codec is not the program's own. */
export function putNode(sink: BlockSink, data: Uint8Array | undefined, links: HandmadeLink[]): CID {
  const node = dagPb.prepare({
    ...(data !== undefined && { Data: data }),
    Links: links.map(({ name = "", cid }) => ({ Name: name, Hash: cid, Tsize: 0 })),
  });
  const bytes = dagPb.encode(node);
  return put(sink, codec.dagPb, bytes);
}

export function putDirectory(sink: BlockSink, links: HandmadeLink[]): CID {
  return putNode(sink, new UnixFS({ type: "directory" }).marshal(), links);
}

/** A file node with these announced sizes, true or not. */
export function putFile(
  sink: BlockSink,
  parts: readonly { readonly cid: CID; readonly size: number }[],
  data?: Uint8Array,
): CID {
  const blockSizes = parts.map((part) => BigInt(part.size));
  const unixFs = new UnixFS({ type: "file", blockSizes, ...(data !== undefined && { data }) });
  return putNode(
    sink,
    unixFs.marshal(),
    parts.map(({ cid }) => ({ cid })),
  );
}

export function putSymlink(sink: BlockSink, target: string): CID {
  const data = new TextEncoder().encode(target);
  return putNode(sink, new UnixFS({ type: "symlink", data }).marshal(), []);
}

export function putRaw(sink: BlockSink, content: string): CID {
  return put(sink, codec.raw, new TextEncoder().encode(content));
}

export function putCbor(sink: BlockSink, value: unknown): CID {
  return put(sink, codec.dagCbor, dagCbor.encode(value));
}

/** Stores bytes under any codec. */
export function put(sink: BlockSink, codecCode: number, bytes: Uint8Array): CID {
  const cid = cidOf(codecCode, bytes);
  void sink.put(cid, bytes);
  return decodeCid(cid.bytes);
}
