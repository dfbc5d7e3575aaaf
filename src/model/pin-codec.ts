import { multiaddr } from "@multiformats/multiaddr";
import { base32upper } from "multiformats/bases/base32";

import { messageOf } from "#lib";

import { type CID, decodeCid } from "./cid.ts";
import { InvalidPinError } from "./errors.ts";
import { peerIdBytes, peerIdText } from "./peer-id.ts";
import { ProtobufReader, ProtobufWriter } from "./pin-protobuf.ts";
import { defaultPinOptions, type Pin, type PinMode, type PinOptions, type PinType } from "./pin.ts";

/** Numbers of the protobuf enum; 0 is "bad". */
const pinTypes: readonly (PinType | undefined)[] = [
  undefined,
  "data",
  "meta",
  "clusterdag",
  "shard",
];

/** Ours: IPFS Cluster has seconds only. High, so that it stays out of the way of fields to come. */
const millisecondsField = 2000;

/** The text key of a pin in the pinset: `/` and the CID's bytes in base32 upper case (cluster-wire 4.1). */
export function pinKey(cid: CID): string {
  return `/${base32upper.baseEncode(cid.bytes)}`;
}

/** How deep a pin reaches. */
export function depthOf(mode: PinMode): number {
  return mode === "direct" ? 0 : -1;
}

/**
 * A pin as IPFS Cluster 1.1.6 stores it (protobuf, cluster-wire 4.2), byte for byte, and the milliseconds of its timestamp
 * in a field that IPFS Cluster passes over. `mode` and `userAllocations` are not stored: the depth tells the mode.
 */
export function encodePin(pin: Pin): Uint8Array {
  const writer = new ProtobufWriter().bytes(1, pin.cid.bytes).uint(2, pinTypes.indexOf(pin.type));
  for (const peer of pin.allocations) writer.bytes(3, peerIdBytes(peer));
  return writer
    .sint(4, pin.maxDepth)
    .bytes(5, pin.reference?.bytes)
    .message(6, encodeOptions(pin))
    .uint(7, seconds(pin.timestamp))
    .uint(millisecondsField, Math.max(0, Math.floor(pin.timestamp)) % 1000)
    .finish();
}

/**
 * Reads what `encodePin` wrote. `cid` is the one of the key, which wins. Unknown fields are passed over, and so are
 * origins of protocols that are not known here.
 * @throws {InvalidPinError}
 */
export function decodePin(bytes: Uint8Array, cid?: CID): Pin {
  return createPinDecoder()(bytes, cid);
}

/** A `decodePin` for many: it remembers the names of peers. */
export function createPinDecoder(): (bytes: Uint8Array, cid?: CID) => Pin {
  const peers = new PeerNames();
  return (bytes, cid) => {
    try {
      return readPin(bytes, cid, peers);
    } catch (cause) {
      throw new InvalidPinError(cid?.toString() ?? "of unknown cid", messageOf(cause), { cause });
    }
  };
}

function encodeOptions(options: PinOptions): Uint8Array {
  const writer = new ProtobufWriter()
    .sint(1, options.replicationFactorMin)
    .sint(2, options.replicationFactorMax)
    .text(3, options.name)
    .uint(4, options.shardSize)
    .bytes(7, options.pinUpdate?.bytes)
    .uint(8, Math.ceil(options.expireAt / 1000)); // never before what was asked for
  for (const origin of options.origins) writer.bytes(9, multiaddr(origin).bytes);
  if (options.metadata === defaultPinOptions.metadata) return writer.finish();
  const metadata = Object.entries(options.metadata).map(
    ([key, value]) => [Buffer.from(key), value] as const,
  );
  metadata.sort(([a], [b]) => Buffer.compare(a, b));
  for (const [key, value] of metadata) {
    writer.message(10, new ProtobufWriter().bytes(1, key).text(2, value).finish());
  }
  return writer.finish();
}

function readPin(bytes: Uint8Array, key: CID | undefined, peers: PeerNames): Pin {
  let cid = key;
  let type: PinType | undefined;
  let options: PinOptions = defaultPinOptions;
  let reference: CID | undefined;
  let [maxDepth, timestamp] = [0, 0];
  let allocations: string[] | undefined;
  const reader = new ProtobufReader(bytes);
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) cid ??= decodeCid(reader.bytes());
    else if (field === 2) type = pinTypes[reader.uint()];
    else if (field === 3) (allocations ??= []).push(peers.nameOf(reader.bytes()));
    else if (field === 4) maxDepth = reader.sint();
    else if (field === 5) reference = decodeCid(reader.bytes());
    else if (field === 6) options = readOptions(reader.message());
    else if (field === 7) timestamp += reader.uint() * 1000;
    else if (field === millisecondsField) timestamp += reader.uint();
  }
  if (cid === undefined) throw new Error("no cid");
  if (type === undefined) throw new Error("no known type");
  return {
    replicationFactorMin: options.replicationFactorMin,
    replicationFactorMax: options.replicationFactorMax,
    name: options.name,
    mode: maxDepth === 0 ? "direct" : "recursive",
    shardSize: options.shardSize,
    userAllocations: nobody,
    expireAt: options.expireAt,
    metadata: options.metadata,
    pinUpdate: options.pinUpdate,
    origins: options.origins,
    cid,
    type,
    allocations: allocations ?? nobody,
    maxDepth,
    reference,
    timestamp,
  };
}

const nobody: readonly string[] = [];

function readOptions(reader: ProtobufReader): PinOptions {
  const options = { ...defaultPinOptions };
  let old: [string, string][] | undefined;
  let sorted: [string, string][] | undefined;
  let origins: string[] | undefined;
  while (reader.next()) {
    const { field } = reader;
    if (field === 1) options.replicationFactorMin = reader.sint();
    else if (field === 2) options.replicationFactorMax = reader.sint();
    else if (field === 3) options.name = reader.text();
    else if (field === 4) options.shardSize = reader.uint();
    else if (field === 6) (old ??= []).push(readEntry(reader.message()));
    else if (field === 7) options.pinUpdate = decodeCid(reader.bytes());
    else if (field === 8) options.expireAt = reader.uint() * 1000;
    else if (field === 9) (origins ??= []).push(...readOrigin(reader.bytes()));
    else if (field === 10) (sorted ??= []).push(readEntry(reader.message()));
  }
  if (origins !== undefined) options.origins = origins;
  const metadata = sorted ?? old;
  if (metadata !== undefined) options.metadata = Object.fromEntries(metadata);
  return options;
}

function readEntry(reader: ProtobufReader): [key: string, value: string] {
  const entry: [string, string] = ["", ""];
  while (reader.next()) {
    if (reader.field === 1) entry[0] = reader.text();
    else if (reader.field === 2) entry[1] = reader.text();
  }
  return entry;
}

function readOrigin(bytes: Uint8Array): string[] {
  try {
    return [multiaddr(bytes).toString()];
  } catch {
    return []; // a hint where to fetch from, of no use when it cannot be read
  }
}

/** Names that were looked up before: a pinset has many pins of few peers, and base58 is slow. */
class PeerNames {
  readonly #names = new Map<string, string>();

  nameOf(bytes: Uint8Array): string {
    const { buffer, byteOffset, byteLength } = bytes;
    const key = Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = peerIdText(bytes);
    if (this.#names.size >= peerNamesMax) this.#names.clear();
    this.#names.set(key, name);
    return name;
  }
}

const peerNamesMax = 1000;

function seconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000));
}
