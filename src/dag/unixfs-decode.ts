import type { UnixFsMetadata } from "./ports.ts";
import { ProtobufReader, wireType } from "./protobuf-read.ts";

const types = ["raw", "directory", "file", "metadata", "symlink", "hamt-shard"] as const;

/** The UnixFS message in a dag-pb node's Data. */
export interface UnixFsData extends UnixFsMetadata {
  readonly type: (typeof types)[number];
  /** Not copied; empty when it is absent. */
  readonly data: Uint8Array;
  readonly filesize: number | undefined;
  readonly blocksizes: readonly number[];
  readonly hashType: number | undefined;
  readonly fanout: number | undefined;
}

const empty = new Uint8Array();

/** Decodes a UnixFS message; throws a plain error when it is none. Unknown fields are skipped. */
export function decodeUnixFs(bytes: Uint8Array): UnixFsData {
  const reader = new ProtobufReader(bytes);
  const found: { -readonly [K in keyof UnixFsData]?: UnixFsData[K] } = {};
  const blocksizes: number[] = [];
  while (!reader.isDone) {
    const tag = reader.varint();
    if (tag === tags.type) found.type = typeAt(reader.varint());
    else if (tag === tags.data) found.data = reader.field();
    else if (tag === tags.filesize) found.filesize = reader.size();
    else if (tag === tags.blocksize) blocksizes.push(reader.size());
    else if (tag === tags.blocksizesPacked) pushPacked(reader, blocksizes);
    else if (tag === tags.hashType) found.hashType = reader.size();
    else if (tag === tags.fanout) found.fanout = reader.size();
    else if (tag === tags.mode) found.mode = reader.size() & 0o7777;
    else if (tag === tags.mtime) found.mtime = decodeTime(reader.field());
    else reader.skip(tag & 7);
  }
  if (found.type === undefined) throw new Error("a UnixFS message has no type");
  return {
    type: found.type,
    data: found.data ?? empty,
    filesize: found.filesize,
    blocksizes,
    hashType: found.hashType,
    fanout: found.fanout,
    mode: found.mode,
    mtime: found.mtime,
  };
}

const tags = {
  type: (1 << 3) | wireType.varint,
  data: (2 << 3) | wireType.bytes,
  filesize: (3 << 3) | wireType.varint,
  blocksize: (4 << 3) | wireType.varint,
  blocksizesPacked: (4 << 3) | wireType.bytes,
  hashType: (5 << 3) | wireType.varint,
  fanout: (6 << 3) | wireType.varint,
  mode: (7 << 3) | wireType.varint,
  mtime: (8 << 3) | wireType.bytes,
} as const;

const timeTags = {
  seconds: (1 << 3) | wireType.varint,
  nanoseconds: (2 << 3) | wireType.fixed32,
} as const;

function typeAt(index: number): UnixFsData["type"] {
  const type = types[index];
  if (type === undefined) throw new Error(`UnixFS type ${index} is unknown`);
  return type;
}

function pushPacked(reader: ProtobufReader, sizes: number[]): void {
  const packed = new ProtobufReader(reader.field());
  while (!packed.isDone) sizes.push(packed.size());
}

function decodeTime(bytes: Uint8Array): UnixFsMetadata["mtime"] {
  const reader = new ProtobufReader(bytes);
  let [seconds, nanoseconds] = [0, 0];
  while (!reader.isDone) {
    const tag = reader.varint();
    if (tag === timeTags.seconds) seconds = reader.int64();
    else if (tag === timeTags.nanoseconds) nanoseconds = reader.fixed32();
    else reader.skip(tag & 7);
  }
  if (nanoseconds > 999_999_999) throw new Error("a modification time has too many nanoseconds");
  return { seconds, nanoseconds };
}
