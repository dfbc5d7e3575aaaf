import type { UnixFsMetadata } from "./ports.ts";
import { varintBytes, varintSize, writeVarint } from "./varint.ts";

/** UnixFS node types. */
export const unixFsType = { raw: 0, directory: 1, file: 2, symlink: 4, hamtShard: 5 } as const;

/** Multihash code of the name hash in HAMT shards: murmur3-x64-64. */
const hamtHashCode = 0x22;

/** `Data` of an inner node of a file: no bytes, only the sizes of its children. */
export function encodeFileData(
  blockSizes: readonly number[],
  sizeBytes: number,
  metadata: UnixFsMetadata,
): Uint8Array {
  const sizes = blockSizes.flatMap((size) => [0x20, ...varintBytes(size)]);
  const head = [0x08, unixFsType.file, 0x18, ...varintBytes(sizeBytes)];
  return Uint8Array.from([...head, ...sizes, ...metadataFields(metadata)]);
}

/** `Data` of a flat directory. */
export function encodeDirectoryData(metadata: UnixFsMetadata): Uint8Array {
  return Uint8Array.of(0x08, unixFsType.directory, ...metadataFields(metadata));
}

/** `Data` of a symlink. Kubo stores the time of a symlink, never its mode. */
export function encodeSymlinkData(target: string, { mtime }: UnixFsMetadata): Uint8Array {
  const bytes = Buffer.from(target);
  const head = [0x08, unixFsType.symlink, 0x12, ...varintBytes(bytes.length)];
  return Uint8Array.from([...head, ...bytes, ...metadataFields({ mtime })]);
}

/** `Data` of a HAMT shard. `bitfield` is big-endian, without leading zero bytes. */
export function encodeShardData(
  bitfield: Uint8Array,
  fanout: number,
  metadata: UnixFsMetadata,
): Uint8Array {
  const head = [0x08, unixFsType.hamtShard, 0x12, ...varintBytes(bitfield.length)];
  const tail = [0x28, hamtHashCode, 0x30, ...varintBytes(fanout), ...metadataFields(metadata)];
  return Uint8Array.from([...head, ...bitfield, ...tail]);
}

/** Where the content of a dag-pb leaf goes, so that it is copied only once: the rest of the node is there already. */
export interface LeafFrame {
  readonly bytes: Uint8Array;
  readonly contentAt: number;
}

/** Makes a dag-pb leaf but for its content. `metadata` is already encoded. */
export function frameLeaf(
  type: typeof unixFsType.file | typeof unixFsType.raw,
  sizeBytes: number,
  how: { readonly metadata: Uint8Array; readonly allocate: (sizeBytes: number) => Uint8Array },
): LeafFrame {
  const sizeSize = varintSize(sizeBytes);
  const beforeSize = sizeBytes === 0 ? 2 : 3 + sizeSize;
  const dataSize = beforeSize + sizeBytes + 1 + sizeSize + how.metadata.length;
  const bytes = how.allocate(1 + varintSize(dataSize) + dataSize);
  bytes[0] = 0x0a;
  let at = writeVarint(bytes, 1, dataSize);
  bytes[at++] = 0x08;
  bytes[at++] = type;
  if (sizeBytes > 0) {
    bytes[at++] = 0x12;
    at = writeVarint(bytes, at, sizeBytes);
  }
  const contentAt = at;
  at += sizeBytes;
  bytes[at++] = 0x18;
  at = writeVarint(bytes, at, sizeBytes);
  bytes.set(how.metadata, at);
  return { bytes, contentAt };
}

/** The fields of a mode and a time, as they stand at the end of `Data`. */
export function encodeMetadata(metadata: UnixFsMetadata): Uint8Array {
  return Uint8Array.from(metadataFields(metadata));
}

function metadataFields({ mode, mtime }: UnixFsMetadata): readonly number[] {
  const modeField = mode === undefined || mode === 0 ? [] : [0x38, ...varintBytes(mode)];
  if (mtime === undefined) return modeField;
  const seconds = [0x08, ...int64Bytes(mtime.seconds)];
  const nanos = mtime.nanoseconds === 0 ? [] : [0x15, ...fixed32Bytes(mtime.nanoseconds)];
  return [...modeField, 0x42, seconds.length + nanos.length, ...seconds, ...nanos];
}

/** Protobuf writes a negative int64 as its two's complement, always ten bytes. */
function int64Bytes(value: number): readonly number[] {
  if (value >= 0) return varintBytes(value);
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); rest > 0n; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
  }
  return bytes;
}

function fixed32Bytes(value: number): readonly number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}
