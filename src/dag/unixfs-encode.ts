import type { UnixFsMetadata } from "./ports.ts";
import { varintBytes } from "./varint.ts";

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

/** What stands before and after the content in a leaf. */
export interface LeafFrame {
  readonly prefix: Uint8Array;
  readonly suffix: Uint8Array;
}

/** The frame of a dag-pb leaf: the whole node but its content, so that content is copied only once. */
export function leafFrame(
  type: typeof unixFsType.file | typeof unixFsType.raw,
  sizeBytes: number,
  metadata: UnixFsMetadata,
): LeafFrame {
  const size = varintBytes(sizeBytes);
  const before = sizeBytes === 0 ? [0x08, type] : [0x08, type, 0x12, ...size];
  const after = [0x18, ...size, ...metadataFields(metadata)];
  const dataSize = before.length + sizeBytes + after.length;
  return {
    prefix: Uint8Array.of(0x0a, ...varintBytes(dataSize), ...before),
    suffix: Uint8Array.from(after),
  };
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
